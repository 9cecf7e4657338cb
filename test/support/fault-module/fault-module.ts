import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { access, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const SOURCE = fileURLToPath(new URL('./p11fault.c', import.meta.url));

/** Bytes of struct counter in p11fault.c: a name of 32, and two counters. */
const COUNTER_BYTES = 48;
const CALLS_OFFSET = 32;
const INJECTED_OFFSET = 40;

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Compiles the fault module and answers its path. The file is named by the hash of its source, and
 * put in place by a rename, so that test workers may build it at the same time. Needs gcc and the
 * headers of libp11-kit-dev.
 */
export async function buildFaultModule(): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(SOURCE))
    .digest('hex')
    .slice(0, 16);
  const dir = join(tmpdir(), `strongroom-fault-module-${userInfo().uid}`);
  const path = join(dir, `p11fault-${hash}.so`);
  if (await exists(path)) return path;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const flags = ['-O1', '-Wall', '-Wextra', '-fPIC', '-shared', '-I/usr/include/p11-kit-1'];
  try {
    await run('gcc', [...flags, '-o', draft, SOURCE, '-ldl', '-lpthread']);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  return path;
}

/** The directives and counters of one fault module, shared by every process that loads it. */
export class FaultControl {
  readonly #control: string;
  readonly #state: string;
  readonly env: Readonly<Record<string, string>>;

  /** `target` is the real module; the control files are made in `dir`. */
  constructor(dir: string, target: string) {
    this.#control = join(dir, 'faults');
    this.#state = join(dir, 'fault-counters');
    this.env = {
      P11FAULT_TARGET: target,
      P11FAULT_CONTROL: this.#control,
      P11FAULT_STATE: this.#state,
    };
  }

  /** Puts these directives in place of all others. Their counts start anew. */
  async set(...directives: string[]): Promise<void> {
    await this.#resetInjected();
    const draft = `${this.#control}.${randomBytes(6).toString('hex')}`;
    await writeFile(draft, `${directives.join('\n')}\n`, { mode: 0o600 });
    await rename(draft, this.#control);
  }

  /** Takes every directive back. */
  async clear(): Promise<void> {
    await this.set();
  }

  /** How often a function was called, by all processes so far. */
  async calls(name: `C_${string}`): Promise<number> {
    const counters = await this.#counters();
    for (let at = 0; at + COUNTER_BYTES <= counters.length; at += COUNTER_BYTES) {
      const found = counters.toString('latin1', at, at + CALLS_OFFSET).replace(/\0+$/, '');
      if (found === name) return Number(counters.readBigUInt64LE(at + CALLS_OFFSET));
    }
    return 0;
  }

  async #counters(): Promise<Buffer> {
    return (await exists(this.#state)) ? readFile(this.#state) : Buffer.alloc(0);
  }

  async #resetInjected(): Promise<void> {
    const { length } = await this.#counters();
    if (length === 0) return;
    // In place: the processes have the file mapped.
    const file = await open(this.#state, 'r+');
    try {
      for (let at = 0; at < length; at += COUNTER_BYTES) {
        await file.write(Buffer.alloc(8), 0, 8, at + INJECTED_OFFSET);
      }
    } finally {
      await file.close();
    }
  }
}
