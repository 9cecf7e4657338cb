import type { CallName } from '../protocol/token-calls.js';
import type { ThreadChannel } from './thread-channel.js';
import type { ManagementCall, WorkerCall } from './thread-messages.js';

/** A call as the supervisor keeps it. */
export interface HostCall {
  readonly id: number;
  readonly name: CallName;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly ckaId: string;
  readonly args: Uint8Array;
  /** How often the objects were read again for this call. */
  refreshes: number;
  /** Which reading of the objects its handle came from. */
  reading: number;
}

/** What a dispatcher asks of the supervisor. */
export interface DispatcherEvents {
  /** The request for a call, or undefined when it cannot be made (and was answered). */
  readonly prepare: (call: HostCall) => WorkerCall | ManagementCall | undefined;
  /** The call's deadline passed while it waited. */
  readonly onExpired: (call: HostCall) => void;
}

/** Threads to hand calls to: one at once, and more while there are. */
export interface ChannelSource {
  readonly first: ThreadChannel;
  readonly another: () => ThreadChannel | undefined;
}

/**
 * A bounded queue before some threads. An idle thread gets the next call, else a new one while there
 * may be more, else the least busy.
 */
export class Dispatcher {
  readonly #source: ChannelSource;
  readonly #channels: ThreadChannel[];
  readonly #depth: number;
  readonly #limit: number;
  readonly #events: DispatcherEvents;
  #queue: HostCall[] = [];
  #closed = false;

  /** `depth` is how many calls a thread may hold; two keep it fed between two messages. */
  constructor(source: ChannelSource, depth: number, limit: number, events: DispatcherEvents) {
    this.#source = source;
    this.#channels = [source.first];
    this.#depth = depth;
    this.#limit = limit;
    this.#events = events;
  }

  /** Calls that wait for a thread. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Queues a call; false when the queue is full. */
  add(call: HostCall): boolean {
    if (this.#queue.length >= this.#limit) this.#dropExpired();
    if (this.#queue.length >= this.#limit) return false;
    this.#queue.push(call);
    this.pump();
    return true;
  }

  /** Puts a call that has waited before at the head. */
  addFirst(call: HostCall): void {
    this.#queue.unshift(call);
    this.pump();
  }

  /** Hands out no more calls. The answer is those that waited. */
  close(): HostCall[] {
    this.#closed = true;
    return this.#queue.splice(0);
  }

  /** Hands waiting calls to threads that have room. */
  pump(): void {
    while (!this.#closed && this.#queue.length > 0) {
      const channel = this.#free();
      if (channel === undefined) return;
      const call = this.#queue.shift();
      if (call === undefined) return;
      if (call.deadline <= Date.now()) {
        this.#events.onExpired(call);
        continue;
      }
      const request = this.#events.prepare(call);
      if (request !== undefined) channel.post(request);
    }
  }

  #free(): ThreadChannel | undefined {
    let best = this.#source.first;
    for (const channel of this.#channels) {
      if (channel.outstanding < best.outstanding) best = channel;
    }
    if (best.outstanding === 0) return best;
    const another = this.#source.another();
    if (another === undefined) return best.outstanding < this.#depth ? best : undefined;
    this.#channels.push(another);
    return another;
  }

  #dropExpired(): void {
    const now = Date.now();
    const expired = this.#queue.filter((call) => call.deadline <= now);
    if (expired.length === 0) return;
    this.#queue = this.#queue.filter((call) => call.deadline > now);
    for (const call of expired) this.#events.onExpired(call);
  }
}
