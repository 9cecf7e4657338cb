import { type ServerMessage, type TokenSettings, WORKER_DEPTH } from '../protocol/protocol.js';
import type { ReturnCodeAction } from '../protocol/return-codes.js';
import { runsOnWorker, TOKEN_CALLS } from '../protocol/token-calls.js';
import { Dispatcher, type HostCall } from './dispatcher.js';
import { HandleMap } from './handle-map.js';
import type { HostThreads } from './host-threads.js';
import { ObjectRefresh } from './object-refresh.js';
import type { ThreadChannel } from './thread-channel.js';
import type {
  ManagementCall,
  ObjectsChange,
  Outcome,
  TokenFound,
  WorkerCall,
} from './thread-messages.js';

const NOT_RUN: Outcome = { kind: 'fault', fault: 'not-run', message: 'The token host is ending' };

/** What becomes of the calls. */
export interface HostCallsEvents {
  /** Every call is answered once. */
  readonly answer: (id: number, outcome: Outcome) => void;
  /** A call showed that the library must be started afresh, or that the PIN is refused. */
  readonly onUnusable: (rv: number, action: ReturnCodeAction) => void;
}

/** The calls that a host has taken: queues before its threads, and those that run. */
export class HostCalls {
  readonly #threads: HostThreads;
  readonly #settings: TokenSettings;
  readonly #events: HostCallsEvents;
  readonly #handles = new HandleMap();
  readonly #running = new Map<number, HostCall>();
  readonly #refresh: ObjectRefresh;
  #managementQueue: Dispatcher | undefined;
  #workerQueue: Dispatcher | undefined;
  #ending = false;
  #onDrained: (() => void) | undefined;

  constructor(threads: HostThreads, settings: TokenSettings, events: HostCallsEvents) {
    this.#threads = threads;
    this.#settings = settings;
    this.#events = events;
    this.#refresh = new ObjectRefresh(threads);
  }

  /** Begins to hand out calls, once the token is found and logged in. */
  serve(found: TokenFound): void {
    const { maxQueued } = this.#settings;
    const events = {
      prepare: (call: HostCall) => this.#prepare(call),
      onExpired: ({ id }: HostCall) =>
        this.#events.answer(id, {
          kind: 'fault',
          fault: 'deadline',
          message: 'It waited too long',
        }),
    };
    const workers = this.#threads.serve(found);
    this.#managementQueue = new Dispatcher(
      { first: this.#threads.management, another: () => undefined },
      1,
      maxQueued,
      events,
    );
    this.#workerQueue = new Dispatcher(workers, WORKER_DEPTH, maxQueued, events);
  }

  /** Takes a call, or answers that it can't. */
  accept([, id, name, deadline, ckaId, args]: ServerMessage & { 0: 'call' }): void {
    // A copy of its own size: sending a view to a thread would send the whole chunk it lies in.
    const own = new Uint8Array(args);
    args.fill(0);
    const queue = runsOnWorker(name) ? this.#workerQueue : this.#managementQueue;
    const call = { id, name, deadline, ckaId, args: own, refreshes: 0, reading: 0 };
    if (this.#ending) this.#events.answer(id, NOT_RUN);
    else if (queue?.add(call) !== true) {
      this.#events.answer(id, { kind: 'fault', fault: 'busy', message: 'The queue is full' });
    }
  }

  /** The set of objects, or their handles, changed. */
  applyObjects(change: ObjectsChange): void {
    this.#handles.apply(change);
    if (change.reset) this.#refresh.objectsRead();
  }

  /** A thread has done what it was given last. */
  onThreadFree(channel: ThreadChannel): void {
    if (channel === this.#threads.management) this.#managementQueue?.pump();
    // Always: in a host of one thread the management thread serves both queues.
    this.#workerQueue?.pump();
    if (this.#running.size === 0) this.#onDrained?.();
  }

  /** Takes the outcome of a running call: answers it, or tries it again where that may help. */
  finish(id: number, outcome: Outcome): void {
    const call = this.#running.get(id);
    if (call === undefined) return;
    this.#running.delete(id);
    if (outcome.kind === 'failed' && this.#refresh.mayHelp(call, outcome.action)) {
      void this.#tryAgain(call, outcome.action === 'login');
      return;
    }
    this.#events.answer(id, outcome);
    if (outcome.kind !== 'failed') return;
    if (outcome.action === 'restart' || outcome.action === 'refused') {
      this.#events.onUnusable(outcome.rv, outcome.action);
    }
  }

  /** Takes and hands out no more; those that wait are answered as not run. */
  close(): void {
    this.#ending = true;
    for (const queue of [this.#workerQueue, this.#managementQueue]) {
      for (const call of queue?.close() ?? []) this.#events.answer(call.id, NOT_RUN);
    }
  }

  /** Takes no more. */
  refuseMore(): void {
    this.#ending = true;
  }

  /** Settles when no call runs, or after `graceMs`. */
  drained(graceMs: number): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrained = resolve;
      setTimeout(resolve, graceMs).unref();
    });
  }

  #prepare(call: HostCall): WorkerCall | ManagementCall | undefined {
    const { id, name, ckaId, args } = call;
    if (!runsOnWorker(name)) {
      this.#running.set(id, call);
      return { kind: 'management-call', id, name, ckaId, args };
    }
    const objectClass = TOKEN_CALLS[name].key;
    const key = objectClass === 'none' ? undefined : this.#handles.find(ckaId, objectClass);
    if (objectClass !== 'none' && key === undefined) {
      const message = `The token holds no single ${objectClass} key with this CKA_ID`;
      this.#events.answer(id, { kind: 'fault', fault: 'no-such-key', message });
      return undefined;
    }
    call.reading = this.#refresh.reading;
    this.#running.set(id, call);
    return { kind: 'worker-call', id, name, key, args };
  }

  async #tryAgain(call: HostCall, login: boolean): Promise<void> {
    const failure = await this.#refresh.refreshFor(call, login);
    if (this.#ending) this.#events.answer(call.id, NOT_RUN);
    else if (failure === undefined) this.#workerQueue?.addFirst(call);
    else {
      this.#running.set(call.id, call);
      this.finish(call.id, failure);
    }
  }
}
