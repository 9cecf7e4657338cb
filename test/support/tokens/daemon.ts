import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../eventually.js';

export interface DaemonOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it serves already; asked until it does. */
  readonly serves: () => Promise<boolean>;
}

/** A process behind a token, with all that it starts. It ends with this process, however that ends. */
export class Daemon {
  readonly #options: DaemonOptions;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(options: DaemonOptions) {
    this.#options = options;
  }

  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options);
    await daemon.start();
    return daemon;
  }

  /** Starts it anew, after `kill`. */
  async start(): Promise<void> {
    const { command, args, env, serves } = this.#options;
    // A group of its own, so that a signal reaches what it forks for each client.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        this.#output = (this.#output + chunk).slice(-4096);
      });
    }
    await eventually(`${command} serves`, async () => {
      if (child.exitCode === null && child.signalCode === null) return serves();
      throw new Error(`${command} ended: ${this.#output}`);
    }).catch(async (error: unknown) => {
      await this.kill();
      throw error;
    });
  }

  /** Kills it and what it started. Nothing where it has ended. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await exited;
  }

  /** Stops it and what it started, without an end to any connection. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  thaw(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#child?.pid === undefined) throw new Error('it does not run');
    process.kill(-this.#child.pid, signal);
  }
}
