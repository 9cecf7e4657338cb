import { FrameError } from '../protocol/frames.js';
import {
  type ArgumentsOf,
  type CallName,
  callRow,
  endsHandle,
  type ResultOf,
} from '../protocol/token-calls.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import type { WrappedKey } from '../protocol/wrapped-keys.js';
import { Cures } from './cures.js';
import type { Reply } from './host-events.js';
import type { HostProcess } from './host-process.js';
import { KeyHandles } from './key-handles.js';
import type { ObjectMap } from './object-map.js';
import { type CallOrder, outcomeOf, type PendingCall, pendingCall } from './pending-call.js';
import { type Cure, nextCure } from './recovery.js';
import type { ThreadLink } from './thread-link.js';
import type { CallListener } from './token-figures.js';
import { WaitingCalls } from './waiting-calls.js';

/** Where calls are given to threads. */
export type CallReceiver = Pick<HostProcess, 'management' | 'worker' | 'uses'>;

/** Hosts that may crash or hang with a call in them before it is given up as the likely reason. */
const MAX_DEATHS = 3;

/** How often deadlines are looked at: one timer is cheaper than one for each call. */
const SWEEP_MS = 20;

/** Time for a search or a login that calls wait for; each of them has its own deadline besides. */
const CURE_TIMEOUT_MS = 60_000;

export interface PendingCallsOptions {
  /** Calls that may be pending; one more is refused. */
  readonly limit: number;
  readonly objects: Pick<ObjectMap, 'handleOf' | 'login' | 'forget'>;
  /** Wrapped keys that a host holds at a time. */
  readonly loadedKeys: number;
  /** For every good answer. */
  readonly onResult: () => void;
  /** For every call, when it has ended. */
  readonly onCall: CallListener;
  readonly asker?: () => unknown;
  /**
   * The library must be started afresh, or the PIN was refused. Whether the host gives way to a
   * successor, which the call may wait for.
   */
  readonly onUnusable: (name: CallName, error: TokenError) => boolean;
}

/**
 * Every call that has no answer yet: it waits for a thread with room, or runs in one. Outlives the
 * hosts, so that a successor can be given them.
 */
export class PendingCalls {
  readonly #options: PendingCallsOptions;
  readonly #calls = new Map<number, PendingCall>();
  readonly #waiting = new WaitingCalls();
  readonly #cures: Cures;
  readonly #handles: KeyHandles;
  #host: CallReceiver | undefined;
  #lastId = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: PendingCallsOptions) {
    this.#options = options;
    const { objects, loadedKeys } = options;
    this.#cures = new Cures((name, key, args) =>
      this.#add({ name, key, args, deadline: Date.now() + CURE_TIMEOUT_MS, trial: false }),
    );
    this.#handles = new KeyHandles({
      ...{ objects, loadedKeys, cures: this.#cures },
      isWanted: (id) => this.#host?.uses(id) === true || this.#waiting.wants(id),
    });
  }

  /** Calls that have no answer yet. */
  get size(): number {
    return this.#calls.size;
  }

  /** Gives a call to a thread, now or when one has room. Rejects with TokenError or TokenHostError. */
  run<Name extends CallName>(
    name: Name,
    key: string | WrappedKey,
    args: ArgumentsOf<Name>,
    deadline: number,
    trial = false,
  ): Promise<ResultOf<Name>> {
    if (deadline <= Date.now()) {
      return Promise.reject(
        new TokenHostError('late', 'The time was up before the token was asked'),
      );
    }
    if (this.#calls.size >= this.#options.limit) {
      return Promise.reject(new TokenHostError('busy', 'Too many calls wait for the token'));
    }
    return this.#add({ name, key, args, deadline, trial });
  }

  /** Gives the waiting calls to a host, and those to come. */
  attach(host: CallReceiver): void {
    this.#host = host;
    this.pump();
  }

  /**
   * The host is no more. What is not safe to repeat fails as lost; the rest waits for the next.
   * `blame` says whether a call may have been the reason.
   */
  detach(blame: boolean): void {
    this.#host = undefined;
    this.#handles.forgetLoaded();
    const repeated: PendingCall[] = [];
    for (const call of [...this.#calls.values()]) {
      const { link } = call;
      if (link === undefined) continue;
      call.link = undefined;
      if (!callRow(call.name).repeatable) {
        const message = 'The token host died; whether the call took effect is unknown';
        this.#fail(call, new TokenHostError('lost', message));
        continue;
      }
      // Only the first of a thread's calls was running: the one behind it did not kill the host.
      if (blame && link.running.keys().next().value === call.id) call.deaths += 1;
      if (call.deaths < MAX_DEATHS) repeated.push(call);
      else this.#fail(call, new TokenHostError('lost', 'Every token host died with this call'));
    }
    for (const call of repeated.reverse()) this.#waiting.first(call);
  }

  /** Gives waiting calls to threads that have room. */
  pump(): void {
    this.#waiting.release();
    for (const kind of ['management', 'worker'] as const) {
      while (!this.#waiting.isEmpty(kind)) {
        const link = kind === 'management' ? this.#host?.management : this.#host?.worker();
        if (link === undefined) break;
        const call = this.#waiting.next(kind);
        if (call !== undefined && this.#calls.has(call.id)) this.#give(call, link);
      }
    }
  }

  /** Fails every call that waits. */
  failAll(error: () => Error): void {
    for (const call of [...this.#calls.values()]) this.#fail(call, error());
    this.#forgetAnswered();
  }

  /**
   * Takes in an answer. One to a call that has had its deadline is dropped. Throws FrameError or
   * ShapeError for a result that is none of its call, which then waits for the next host.
   */
  receive(reply: Reply): void {
    const call = this.#calls.get(reply[1]);
    if (call !== undefined) {
      if (reply[0] === 'result') {
        call.resolve(reply[2]);
        this.#options.onResult();
        this.#finish(call, 'ok');
      } else {
        call.link = undefined;
        if (reply[0] === 'no-session') this.#waiting.first(call);
        else if (reply[0] === 'failed') this.#failed(call, new TokenError(reply[2], reply[3]));
        else this.#fail(call, new TokenHostError(reply[2], reply[3]));
      }
    }
    this.pump();
  }

  /** Has the management thread make sure of the login; settles whatever comes of it. */
  async logIn(): Promise<void> {
    await this.#cures.logIn().catch(() => undefined);
  }

  /** Settles when no call waits, or after `graceMs`. */
  async drained(graceMs: number): Promise<void> {
    if (this.#calls.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #add<Name extends CallName>(order: CallOrder<Name>): Promise<ResultOf<Name>> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const call = pendingCall(id, order, resolve, reject, this.#options.asker?.());
      this.#calls.set(id, call);
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS);
      this.#waiting.last(call);
      this.pump();
    });
  }

  #give(call: PendingCall, link: ThreadLink): void {
    const { id, name, ckaId, args } = call;
    // A library may give the number of a handle that is gone to the next key: nothing may be on its way.
    if (endsHandle(name) && this.#host?.uses(ckaId)) {
      this.#waiting.hold(call);
      return;
    }
    try {
      const handle = this.#handles.of(call);
      if (handle === 'later' || handle instanceof Promise) {
        this.#wait(call, handle);
        return;
      }
      const { login } = this.#options.objects;
      link.give(id, { name, ckaId }, ['call', id, name, ckaId, login, handle, args]);
      call.link = link;
    } catch (error) {
      if (error instanceof TokenHostError) this.#fail(call, error);
      else if (error instanceof FrameError) {
        this.#fail(call, new TokenHostError('invalid', error.message));
      } else throw error;
    }
  }

  /** Makes a call again after what mends it; that it failed is the call's failure. */
  async #mend(call: PendingCall, cure: Promise<unknown>): Promise<void> {
    try {
      await cure;
    } catch (error) {
      if (this.#calls.has(call.id)) this.#fail(call, error as Error);
      return;
    }
    if (!this.#calls.has(call.id)) return;
    this.#waiting.first(call);
    this.pump();
  }

  /** Has the call wait for what comes first. */
  #wait(call: PendingCall, first: Promise<unknown> | 'later'): void {
    if (first === 'later') this.#waiting.hold(call);
    else void this.#mend(call, first);
  }

  #failed(call: PendingCall, error: TokenError): void {
    const cure = nextCure(call.name, error.action, call.tried);
    if (error.action === 'refused') {
      this.#fail(call, error);
      this.#options.onUnusable(call.name, error);
    } else if (cure === undefined) {
      this.#fail(call, error);
    } else {
      call.tried.add(cure);
      this.#apply(cure, call, error);
    }
  }

  #apply(cure: Cure, call: PendingCall, error: TokenError): void {
    switch (cure) {
      case 'find':
        this.#wait(call, this.#handles.renew(call));
        break;
      case 'log-in':
        this.#wait(call, this.#cures.logIn());
        break;
      case 'restart': {
        if (call.trial) {
          this.#fail(call, error);
          break;
        }
        const repeatable = callRow(call.name).repeatable;
        if (this.#options.onUnusable(call.name, error) && repeatable) this.#waiting.first(call);
        else this.#fail(call, error);
      }
    }
  }

  #fail(call: PendingCall, error: Error): void {
    this.#finish(call, outcomeOf(error));
    call.reject(error);
  }

  #finish(call: PendingCall, outcome: string): void {
    this.#options.onCall(call.name, outcome, performance.now() - call.begun, call.asker);
    this.#calls.delete(call.id);
    call.args.fill(0);
    if (this.#calls.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    this.#onEmpty?.();
  }

  #sweep(): void {
    const now = Date.now();
    let late = false;
    for (const call of this.#calls.values()) {
      if (call.deadline > now) continue;
      this.#fail(call, new TokenHostError('deadline', 'The token did not answer in time'));
      late = true;
    }
    if (late) this.#forgetAnswered();
  }

  #forgetAnswered(): void {
    this.#waiting.keep(({ id }) => this.#calls.has(id));
  }
}
