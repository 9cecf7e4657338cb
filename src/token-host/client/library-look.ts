/** Asking a PKCS#11 library what it says before any login, in a process that may hang or crash. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type LibraryLook, type LookOrder, lookAnswer } from '../protocol/library-look.js';
import { TokenHostError } from '../protocol/token-error.js';
import { hostEnvironment } from './host-environment.js';

/** What hundreds of slots say. */
const MOST_OUTPUT_BYTES = 1_048_576;

export interface LookOptions extends LookOrder {
  /** Path of the compiled `main.js` of the token host. */
  readonly entry: string;
  /** Added to the process's environment, for example SOFTHSM2_CONF. Never a secret. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the process is killed. */
  readonly timeoutMs: number;
}

/**
 * Loads the library in a process of its own, and reads what it, its slots and their tokens say. Logs in
 * to none. The process is gone afterwards.
 * @throws TokenHostError misconfigured with the library's own reason; lost when the process hung or died
 */
export async function lookAt({
  entry,
  env,
  timeoutMs,
  ...order
}: LookOptions): Promise<LibraryLook> {
  const child = spawn(process.execPath, [entry, 'token-look'], {
    env: hostEnvironment(process.env, env),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (text: Buffer) => {
    output += text.toString('utf8');
    if (output.length > MOST_OUTPUT_BYTES) child.kill('SIGKILL');
  });
  // The child may die before it reads; its end tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${JSON.stringify(order)}\n`);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  try {
    await once(child, 'close');
  } catch (cause) {
    throw new TokenHostError('lost', 'The token host cannot be spawned', { cause });
  } finally {
    clearTimeout(timer);
  }
  const answer = parsed(output);
  if (answer?.seen) return answer.seen;
  if (answer?.failure !== undefined) throw new TokenHostError('misconfigured', answer.failure);
  const end = child.signalCode ?? `exit code ${child.exitCode}`;
  throw new TokenHostError('lost', `The library hung or crashed while it was looked at (${end})`);
}

function parsed(output: string) {
  try {
    const answer: unknown = JSON.parse(output);
    return lookAnswer(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}
