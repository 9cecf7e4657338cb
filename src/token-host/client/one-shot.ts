/** A process that loads a PKCS#11 library for one thing, and ends: it may hang or crash. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Shape } from '../protocol/shapes.js';
import { TokenHostError } from '../protocol/token-error.js';
import { hostEnvironment } from './host-environment.js';

/** What hundreds of slots say. */
const MOST_OUTPUT_BYTES = 1_048_576;

export interface OneShotOptions {
  /** Path of the compiled `main.js` of the token host. */
  readonly entry: string;
  /** Added to the process's environment, for example SOFTHSM2_CONF. Never a secret. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the process is killed. */
  readonly timeoutMs: number;
}

/**
 * Starts the process, writes the order to its standard input, where nobody else sees it, and waits for
 * its end.
 * @returns its answer, undefined where there is no whole one; and how it ended
 * @throws TokenHostError lost when no process can be made
 */
export async function runOnce<Answer>(
  what: 'token-look' | 'token-set-up',
  { entry, env, timeoutMs }: OneShotOptions,
  order: object,
  shape: Shape<Answer>,
): Promise<{ readonly answer: Answer | undefined; readonly end: string }> {
  const child = spawn(process.execPath, [entry, what], {
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
  return {
    answer: parsed(output, shape),
    end: child.signalCode ?? `exit code ${child.exitCode}`,
  };
}

function parsed<Answer>(output: string, shape: Shape<Answer>): Answer | undefined {
  try {
    const answer: unknown = JSON.parse(output);
    return shape(answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}
