import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const MAKER = resolve('test/support/busy-loops.mjs');

/** Threads that take all the CPU they get, in a process that ends with this one. */
export class BusyLoops {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(count: number): Promise<BusyLoops> {
    const child = fork(MAKER, [String(count)]);
    await once(child, 'message');
    return new BusyLoops(child);
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
