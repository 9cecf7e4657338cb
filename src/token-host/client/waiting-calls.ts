import { type CallName, callRow } from '../protocol/token-calls.js';
import type { PendingCall } from './pending-call.js';

type ThreadKind = 'management' | 'worker';

/** Calls that no thread has: in the order in which they are given to threads, or held until another ends. */
export class WaitingCalls {
  readonly #queues: Readonly<Record<ThreadKind, PendingCall[]>> = { management: [], worker: [] };
  #held: PendingCall[] = [];

  /** Behind all that wait for a thread of its kind. */
  last(call: PendingCall): void {
    this.#queueOf(call.name).push(call);
  }

  /** Before all that wait. */
  first(call: PendingCall): void {
    this.#queueOf(call.name).unshift(call);
  }

  /** Until the next `release`. */
  hold(call: PendingCall): void {
    this.#held.push(call);
  }

  /** Those that were held come first, as they came. */
  release(): void {
    for (const call of this.#held.splice(0).reverse()) this.first(call);
  }

  isEmpty(kind: ThreadKind): boolean {
    return this.#queues[kind].length === 0;
  }

  /** Takes the next. */
  next(kind: ThreadKind): PendingCall | undefined {
    return this.#queues[kind].shift();
  }

  /** Whether a call on this key waits for a worker. */
  wants(ckaId: string): boolean {
    return this.#queues.worker.some((call) => call.ckaId === ckaId);
  }

  /** Those that have had an answer wait no more. */
  keep(isOpen: (call: PendingCall) => boolean): void {
    for (const calls of [...Object.values(this.#queues), this.#held]) {
      calls.splice(0, calls.length, ...calls.filter(isOpen));
    }
  }

  #queueOf(name: CallName): PendingCall[] {
    return this.#queues[callRow(name).runs];
  }
}
