import { unpackResult } from '../protocol/call-packing.js';
import { FrameError, packBody } from '../protocol/frames.js';
import {
  type ArgumentsOf,
  type CallName,
  callRow,
  type ResultOf,
} from '../protocol/token-calls.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import type { HostProcess, Reply } from './host-process.js';

/** Where calls are sent. */
type CallReceiver = Pick<HostProcess, 'send'>;

/** Hosts that may crash or hang with a call in them before it is given up as the likely reason. */
const MAX_DEATHS = 3;

/** Hosts that may answer the same call with a code that calls for a restart. */
const MAX_DEVICE_ERRORS = 2;

/** How often deadlines are looked at: one timer is cheaper than one for each call. */
const SWEEP_MS = 20;

interface PendingCall {
  readonly id: number;
  readonly name: CallName;
  readonly ckaId: string;
  readonly args: Buffer;
  readonly deadline: number;
  /** Takes the packed result. Throws FrameError or ShapeError for what is none of this call. */
  readonly resolve: (result: Uint8Array) => void;
  readonly reject: (error: Error) => void;
  sent: boolean;
  deaths: number;
  deviceErrors: number;
}

/** Every call that has no answer yet. Outlives the hosts, so that a successor can be given them. */
export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  readonly #limit: number;
  readonly #window: number;
  readonly #onResult: () => void;
  #host: CallReceiver | undefined;
  #lastId = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #onEmpty: (() => void) | undefined;

  /**
   * `limit` bounds the calls, `window` is how many of them a host runs at a time. `onResult` is
   * called for every good answer.
   */
  constructor(limit: number, window: number, onResult: () => void) {
    this.#limit = limit;
    this.#window = window;
    this.#onResult = onResult;
  }

  /** Sends a call, now or to the next host. Rejects with TokenError or TokenHostError. */
  run<Name extends CallName>(
    name: Name,
    ckaId: string,
    args: ArgumentsOf<Name>,
    deadline: number,
  ): Promise<ResultOf<Name>> {
    if (deadline <= Date.now()) {
      return Promise.reject(
        new TokenHostError('late', 'The time was up before the token was asked'),
      );
    }
    if (this.#calls.size >= this.#limit) {
      return Promise.reject(new TokenHostError('busy', 'Too many calls wait for the token'));
    }
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const pending: PendingCall = {
        id,
        name,
        ckaId,
        args: packBody(args),
        deadline,
        resolve: (result) => resolve(unpackResult(name, result)),
        reject,
        sent: false,
        deaths: 0,
        deviceErrors: 0,
      };
      this.#calls.set(id, pending);
      this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS);
      this.#send(pending);
    });
  }

  /** Gives the waiting calls to a host, in their order, and those to come. */
  attach(host: CallReceiver): void {
    this.#host = host;
    for (const call of this.#calls.values()) this.#send(call);
  }

  /**
   * The host is no more. What is not safe to repeat fails as lost; the rest waits for the next.
   * `blame` says whether a call may have been the reason.
   */
  detach(blame: boolean): void {
    this.#host = undefined;
    let place = 0;
    for (const call of [...this.#calls.values()]) {
      if (!call.sent) continue;
      if (!callRow(call.name).repeatable) {
        const message = 'The token host died; whether the call took effect is unknown';
        this.#fail(call, new TokenHostError('lost', message));
        continue;
      }
      // Only the oldest can have been running: those behind them did not kill the host.
      if (blame && place < this.#window) call.deaths += 1;
      place += 1;
      call.sent = false;
      if (call.deaths >= MAX_DEATHS) {
        this.#fail(call, new TokenHostError('lost', 'Every token host died with this call'));
      }
    }
  }

  /** Fails every call that waits. */
  failAll(error: () => Error): void {
    for (const call of [...this.#calls.values()]) this.#fail(call, error());
  }

  /**
   * Takes in an answer. One to a call that has had its deadline is dropped. Throws FrameError or
   * ShapeError for a result that is none of its call, which then waits for the next host.
   */
  receive(reply: Reply): void {
    const call = this.#calls.get(reply[1]);
    if (call === undefined) return;
    if (reply[0] === 'result') {
      call.resolve(reply[2]);
      this.#onResult();
      this.#finish(call);
    } else if (reply[0] === 'failed') {
      this.#refused(call, new TokenError(reply[2], reply[3]));
    } else if (reply[2] === 'not-run') {
      call.sent = false;
    } else if (reply[2] === 'deadline') {
      this.#fail(call, deadlineError());
    } else {
      this.#fail(call, new TokenHostError(reply[2], reply[3]));
    }
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

  #send(call: PendingCall): void {
    if (this.#host === undefined || call.sent) return;
    const { id, name, deadline, ckaId, args } = call;
    try {
      this.#host.send(['call', id, name, deadline, ckaId, args]);
      call.sent = true;
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#fail(call, new TokenHostError('invalid', error.message));
    }
  }

  #refused(call: PendingCall, error: TokenError): void {
    // The host ends itself after these, so what comes now is for its successor.
    if (error.action === 'restart' || error.action === 'refused') this.#host = undefined;
    const { repeatable } = callRow(call.name);
    call.deviceErrors += 1;
    if (error.action === 'restart' && repeatable && call.deviceErrors < MAX_DEVICE_ERRORS) {
      call.sent = false;
      return;
    }
    this.#fail(call, error);
  }

  #fail(call: PendingCall, error: Error): void {
    this.#finish(call);
    call.reject(error);
  }

  #finish(call: PendingCall): void {
    this.#calls.delete(call.id);
    call.args.fill(0);
    if (this.#calls.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    this.#onEmpty?.();
  }

  #sweep(): void {
    const now = Date.now();
    for (const call of this.#calls.values()) {
      if (call.deadline <= now) this.#fail(call, deadlineError());
    }
  }
}

function deadlineError(): TokenHostError {
  return new TokenHostError('deadline', 'The token did not answer in time');
}
