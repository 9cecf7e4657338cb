import { Worker } from 'node:worker_threads';
import type { CloseOrder, ManagementData, WorkerData } from './thread-messages.js';

/** A thread of the host, from its start to its end. */
export class HostThread {
  readonly #worker: Worker;
  /** Settles when the thread has ended. */
  readonly ended: Promise<void>;

  /** `onFailure`: the thread ended by an error of its own. */
  constructor(
    script: './management-thread.js' | './worker-thread.js',
    data: ManagementData | WorkerData,
    onReport: (report: unknown) => void,
    onFailure: (error: Error) => void,
  ) {
    this.#worker = new Worker(new URL(script, import.meta.url), { workerData: data });
    this.#worker.on('message', onReport);
    this.#worker.on('error', (error: unknown) =>
      onFailure(error instanceof Error ? error : new Error('A thread of the token host failed')),
    );
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => resolve());
    });
  }

  /** Asks the thread to close its sessions and end, after what it is doing; settles when it has. */
  close(): Promise<void> {
    this.#worker.postMessage({ kind: 'close' } satisfies CloseOrder);
    return this.ended;
  }
}
