import { type ChildProcess, spawn } from 'node:child_process';
import type { Greeting } from '../protocol/protocol.js';
import type { TokenClientOptions } from './client-options.js';
import { hostEnvironment } from './host-environment.js';

/** What a child process reports. */
export interface HostChildEvents {
  /** It ended; `exit` says how. */
  readonly onExit: () => void;
  /** There is no process. */
  readonly onSpawnError: (cause: Error) => void;
}

/** How a process ended. */
export interface HostExit {
  /** The signal's name or the exit code. */
  readonly reason: string;
  /** By a SIGKILL that was not ours. */
  readonly killedByOthers: boolean;
}

/** The child process of a token host. It reads its greeting from its standard input. */
export class HostChild {
  readonly #process: ChildProcess;
  #killedByUs = false;
  /** Settles when there is no process any more. */
  readonly exited: Promise<void>;

  constructor(
    { entry, settings, log }: Pick<TokenClientOptions, 'entry' | 'settings' | 'log'>,
    greeting: Greeting,
    events: HostChildEvents,
  ) {
    const child = spawn(process.execPath, [entry, 'token-host', settings.id], {
      env: hostEnvironment(process.env, settings.env),
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.#process = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    child.once('error', events.onSpawnError);
    child.once('exit', events.onExit);
    child.stderr?.on('data', (text: Buffer) =>
      log.warn({ token: settings.id, text: text.toString('utf8', 0, 500) }, 'token host says'),
    );
    // The child may die before it reads; its exit event tells.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${JSON.stringify(greeting)}\n`);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** How the process ended; undefined while it runs. */
  get exit(): HostExit | undefined {
    const { exitCode, signalCode } = this.#process;
    if (exitCode === null && signalCode === null) return undefined;
    return {
      reason: signalCode ?? `exit code ${exitCode}`,
      killedByOthers: signalCode === 'SIGKILL' && !this.#killedByUs,
    };
  }

  kill(): void {
    this.#killedByUs = true;
    this.#process.kill('SIGKILL');
  }
}
