/** OpenSSL's command line: the implementation that everything here is compared with. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Files = Readonly<Record<string, Buffer>>;

/** Runs one command in a directory that has these files. @returns what it wrote to stdout. */
export async function openssl(args: readonly string[], files: Files = {}): Promise<Buffer> {
  const { code, stdout, stderr } = await runOpenssl(args, files);
  if (code !== 0) throw new Error(`openssl ${args.join(' ')} ended with ${code}: ${stderr}`);
  return stdout;
}

/** Whether a verifying command says that the signature is right. */
export async function opensslAccepts(args: readonly string[], files: Files): Promise<boolean> {
  const { stdout } = await runOpenssl(args, files);
  return /^(Verified OK|Signature Verified Successfully)$/m.test(stdout.toString());
}

interface Outcome {
  readonly code: number | string;
  readonly stdout: Buffer;
  readonly stderr: string;
}

async function runOpenssl(args: readonly string[], files: Files): Promise<Outcome> {
  const cwd = await mkdtemp(join(tmpdir(), 'strongroom-openssl-'));
  try {
    for (const [name, octets] of Object.entries(files)) {
      await writeFile(join(cwd, name), octets, { mode: 0o600 });
    }
    return await new Promise((resolve) => {
      execFile('openssl', args, { cwd, encoding: 'buffer' }, (error, stdout, stderr) =>
        resolve({ code: error ? (error.code ?? 'a signal') : 0, stdout, stderr: `${stderr}` }),
      );
    });
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}
