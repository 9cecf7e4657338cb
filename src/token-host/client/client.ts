import { randomBytes } from 'node:crypto';
import type { ObjectInfo } from '../protocol/key-objects.js';
import type { TokenInfo } from '../protocol/protocol.js';
import {
  type ArgumentsOf,
  type CallName,
  callRow,
  type KeyOf,
  type ResultOf,
} from '../protocol/token-calls.js';
import { TokenHostError } from '../protocol/token-error.js';
import type { WrappedKey } from '../protocol/wrapped-keys.js';
import type { TokenClientOptions } from './client-options.js';
import { HostKeeper, type StateListener } from './host-keeper.js';
import { ObjectMap } from './object-map.js';
import { PendingCalls } from './pending-calls.js';
import type { PinStanding } from './pin-record.js';
import type { TokenFigures, TokenState } from './token-figures.js';

export type { TokenState } from './token-figures.js';

const STOP_GRACE_MS = 5000;

const TRIAL_ID_BYTES = 8;

/** Wrapped keys that a host holds at a time. */
const DEFAULT_LOADED_KEYS = 128;

/**
 * The server's side of one token. Starts a token host, gives it calls, and replaces it when it dies
 * or hangs.
 */
export class TokenClient {
  readonly #tokenId: string;
  readonly #pending: PendingCalls;
  readonly #objects = new ObjectMap();
  readonly #keeper: HostKeeper;
  readonly #stopGraceMs: number;
  #stopping: Promise<void> | undefined;

  constructor(options: TokenClientOptions) {
    this.#tokenId = options.settings.id;
    this.#pending = new PendingCalls({
      onCall: options.onCall ?? (() => {}),
      ...(options.asker && { asker: options.asker }),
      limit: options.settings.maxQueued,
      loadedKeys: options.settings.loadedKeys ?? DEFAULT_LOADED_KEYS,
      objects: this.#objects,
      onResult: () => this.#keeper.proveWorking(),
      onUnusable: (name, error) => this.#keeper.giveUp(name, error),
    });
    this.#keeper = new HostKeeper(options, this.#pending, this.#objects);
    this.#stopGraceMs = options.stopGraceMs ?? STOP_GRACE_MS;
  }

  /**
   * Starts the host and logs in. The PIN is copied, sent over the socket only, and zeroed by `stop`
   * or a refusal. A client starts once.
   *
   * Rejects with TokenError or TokenHostError. After an error whose action is `refused` (a wrong,
   * locked or expired PIN), `login-unknown` and `last-try` the state is `refused` until `tryPin`. After
   * any other the state is `absent` and attempts go on until `stop`.
   */
  async start(pin: Buffer | string): Promise<TokenInfo> {
    return this.#keeper.start(
      typeof pin === 'string' ? Buffer.from(pin, 'utf8') : Buffer.from(pin),
    );
  }

  /** Tries another PIN, once, after one was refused; the state says what comes of it. */
  tryPin(pin: Buffer): void {
    this.#keeper.tryPin(Buffer.from(pin));
  }

  /** What its logins say of the PIN so far; nothing more once `stop` has settled. */
  get pin(): PinStanding {
    return this.#keeper.pin;
  }

  get state(): TokenState {
    return this.#keeper.state;
  }

  /** Calls `listener` after every change of state; the answer removes it. */
  onStateChange(listener: StateListener): () => void {
    return this.#keeper.onStateChange(listener);
  }

  /**
   * Whether the token has one key with this CKA_ID, as it was last read; half a pair is none. Undefined
   * before it was first read to its end.
   */
  has(ckaId: string): boolean | undefined {
    return this.#objects.has(ckaId);
  }

  /** The token's key objects by CKA_ID. Read after the login, kept by what this client does after. */
  objects(): ReadonlyMap<string, ObjectInfo> {
    return this.#objects.view();
  }

  /** CKA_IDs that more than one key of the token has, so that none of them is used. */
  get duplicates(): readonly string[] {
    return this.#objects.duplicates;
  }

  /** What an operator may know of the token now. */
  get figures(): TokenFigures {
    return {
      ...this.#keeper.figures,
      tokenId: this.#tokenId,
      pending: this.#pending.size,
      objects: this.#objects.count,
    };
  }

  /** Calls that have no answer yet. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Settles when the token's objects were read to their end; at once when they were before. */
  listed(): Promise<void> {
    return this.#objects.listed;
  }

  /**
   * Makes one of `TokenCalls`, on the key with this CKA_ID, or on this wrapped key, where the call has
   * one. The deadline is in milliseconds since the epoch.
   *
   * Rejects with TokenError when the token answers with a return code, and with TokenHostError when
   * it does not answer; with what the call's row says for arguments that are not sent at all. Calls
   * that may be repeated (`TOKEN_CALLS` says which) survive the death of a host within their
   * deadline; the others then fail as `lost`.
   */
  call<Name extends CallName>(
    name: Name,
    key: KeyOf<Name>,
    args: ArgumentsOf<Name>,
    deadline: number,
  ): Promise<ResultOf<Name>> {
    return this.#run(name, key, args, deadline, false);
  }

  /**
   * The same for a call that is made to see whether the token can do it: what it says then is no reason
   * for a new host, which would cost everybody else theirs.
   */
  try<Name extends CallName>(
    name: Name,
    key: KeyOf<Name>,
    args: ArgumentsOf<Name>,
    deadline: number,
  ): Promise<ResultOf<Name>> {
    return this.#run(name, key, args, deadline, true);
  }

  /** Unwraps a key and gives it up again. Rejects as `call` does where that can't be done. */
  async proveLoading(key: WrappedKey, deadline: number): Promise<void> {
    const id = `trial:${randomBytes(TRIAL_ID_BYTES).toString('hex')}`;
    await this.call('loadKey', id, { ...key, id }, deadline);
    const handle = this.#objects.forget(id);
    if (handle !== undefined) await this.call('unloadKey', id, { handle }, deadline);
  }

  #run<Name extends CallName>(
    name: Name,
    key: KeyOf<Name>,
    args: ArgumentsOf<Name>,
    deadline: number,
    trial: boolean,
  ): Promise<ResultOf<Name>> {
    const row = callRow(name);
    const refusal = row.refusal?.(args) ?? this.#refusal(row.key === 'new', key);
    if (refusal !== undefined) return Promise.reject(refusal);
    return this.#pending.run(name, key ?? '', args, deadline, trial);
  }

  /**
   * Waits for running calls, has the host finalize its library and end, and kills it when it does
   * not. Afterwards no process is left. May be called in any state, and more than once.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#keeper.stop(this.#stopGraceMs);
    return this.#stopping;
  }

  /** Why no call, or not this one, can be made now. */
  #refusal(makesKey: boolean, key: KeyOf<CallName>): TokenHostError | undefined {
    if (makesKey && typeof key === 'string' && this.#objects.has(key) === true) {
      return new TokenHostError('invalid', 'The token has an object with this CKA_ID already');
    }
    const { state, error } = this.#keeper;
    if (state !== 'stopped' && state !== 'absent' && state !== 'refused') return undefined;
    const cause = error === undefined ? {} : { cause: error };
    return new TokenHostError('unavailable', `The token is ${state}`, cause);
  }
}
