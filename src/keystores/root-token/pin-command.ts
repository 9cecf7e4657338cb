/** A command that says a PIN: what it writes is a secret, what it complains of is for the operator. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface CommandLog {
  warn(fields: object, message: string): void;
}

export interface CommandOptions {
  /** Of the server; its own variables, which may be secrets, are not for a command. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: CommandLog;
  /** Octets that it may write to stdout. */
  readonly maxBytes: number;
  /** Aborted, it is killed. */
  readonly ended?: AbortSignal;
}

const TIMEOUT_MS = 30_000;
const MAX_COMPLAINT_BYTES = 4096;
const OWN_VARIABLE = /^STRONGROOM_/;

/**
 * Runs a command without a shell, in a process group of its own that is killed after 30 seconds, and
 * answers its stdout, or why there is none to be used. Its stderr goes to the log.
 */
export async function answerOf(
  argv: readonly string[],
  { env, log, maxBytes, ended }: CommandOptions,
): Promise<Buffer | { readonly failed: string }> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    detached: true,
    env: Object.fromEntries(Object.entries(env).filter(([name]) => !OWN_VARIABLE.test(name))),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  try {
    const failed = await outcomeOf(child, { stdout, stderr, maxBytes, ended });
    const answer = Buffer.concat(stdout);
    complain(log, program, stderr, answer);
    if (failed === undefined) return answer;
    answer.fill(0);
    return { failed };
  } finally {
    for (const chunk of stdout) chunk.fill(0);
  }
}

interface Gathered {
  readonly stdout: Buffer[];
  readonly stderr: Buffer[];
  readonly maxBytes: number;
  readonly ended: AbortSignal | undefined;
}

function outcomeOf(child: ChildProcess, gathered: Gathered): Promise<string | undefined> {
  const { stdout, stderr, maxBytes, ended } = gathered;
  return new Promise((resolve) => {
    let failed: string | undefined;
    const stop = (why: string) => {
      failed ??= why;
      killGroup(child);
    };
    const onEnded = () => stop('the server ends');
    const timer = setTimeout(() => stop(`no answer in ${TIMEOUT_MS / 1000} s`), TIMEOUT_MS);
    const settle = (why: string | undefined) => {
      clearTimeout(timer);
      ended?.removeEventListener('abort', onEnded);
      resolve(failed ?? why);
    };
    ended?.addEventListener('abort', onEnded);
    if (ended?.aborted) onEnded();
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout.push(chunk);
      if (octets(stdout) > maxBytes) stop(`it answers more than ${maxBytes} octets`);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      if (octets(stderr) < MAX_COMPLAINT_BYTES) stderr.push(chunk);
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      settle(`it can't be run: ${error.code ?? 'unknown error'}`),
    );
    child.once('close', (code, signal) =>
      settle(code === 0 ? undefined : `it ended with ${signal ?? `exit code ${code}`}`),
    );
  });
}

/** With what it has started, which may hold its pipes open. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function complain(log: CommandLog, program: string, stderr: Buffer[], answer: Buffer): void {
  const said = Buffer.concat(stderr).subarray(0, MAX_COMPLAINT_BYTES).toString('utf8').trim();
  if (said === '') return;
  // A shell script that traces itself says the PIN there, too.
  const secret = answer.toString('utf8').trim();
  const stated = secret === '' ? said : said.replaceAll(secret, '[secret]');
  log.warn({ command: program, stderr: stated }, "the command for the root token's PIN complains");
}

function octets(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0);
}
