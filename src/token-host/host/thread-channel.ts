import { Worker } from 'node:worker_threads';
import type { ManagementData, ThreadReply, ThreadRequest, WorkerData } from './thread-messages.js';

/** What a channel reports. */
export interface ChannelEvents {
  readonly onReply: (reply: ThreadReply, channel: ThreadChannel) => void;
  /** The thread ended; with an error when it was not asked to. */
  readonly onEnd: (channel: ThreadChannel, error: Error | undefined) => void;
}

/** A thread of the host, and how long it has been busy with what it does now. */
export class ThreadChannel {
  readonly #worker: Worker;
  #outstanding = 0;
  #busySince = 0;
  #closing = false;
  /** Settles when the thread has ended. */
  readonly ended: Promise<void>;

  constructor(script: URL, data: ManagementData | WorkerData, events: ChannelEvents) {
    this.#worker = new Worker(script, { workerData: data });
    let failure: Error | undefined;
    this.#worker.on('message', (reply: ThreadReply) => {
      this.#busySince = Date.now();
      if (reply.kind === 'done') this.#outstanding -= 1;
      events.onReply(reply, this);
    });
    this.#worker.on('error', (error: unknown) => {
      failure = error instanceof Error ? error : new Error('A thread of the token host failed');
    });
    this.ended = new Promise((resolve) => {
      this.#worker.on('exit', () => {
        const unasked = this.#closing ? undefined : new Error('A thread of the token host ended');
        events.onEnd(this, failure ?? unasked);
        resolve();
      });
    });
  }

  /** Requests posted and not yet answered. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Milliseconds that the running request has taken so far; 0 when idle. */
  age(now: number): number {
    return this.#outstanding === 0 ? 0 : now - this.#busySince;
  }

  /** Sends a request that will be answered by one `done`. */
  post(request: ThreadRequest): void {
    if (this.#outstanding === 0) this.#busySince = Date.now();
    this.#outstanding += 1;
    this.#worker.postMessage(request);
  }

  /** Asks the thread to close its session and end, after what it is doing. */
  close(): void {
    this.#closing = true;
    this.#worker.postMessage({ kind: 'close', id: 0 } satisfies ThreadRequest);
  }
}
