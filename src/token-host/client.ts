import type { TokenClientOptions } from './client-options.js';
import { HostKeeper, type StateListener, type TokenState } from './host-keeper.js';
import { ObjectMap } from './object-map.js';
import { PendingCalls } from './pending-calls.js';
import {
  type KeyClass,
  type ObjectInfo,
  type OperationName,
  type TokenInfo,
  WORKER_DEPTH,
} from './protocol.js';
import { TokenError, TokenHostError } from './token-error.js';

export type { TokenState } from './host-keeper.js';

/** Authentication tags are 128 bits (NIST SP 800-38D, 5.2.1.2). */
const TAG_BYTES = 16;

/** The most random bytes of one call. */
const MAX_RANDOM_BYTES = 65_536;

const STOP_GRACE_MS = 5000;

/** One AES-GCM ciphertext in its parts. */
export interface AesGcmCiphertext {
  /** 96 bits, except where the HSM decides otherwise. */
  readonly iv: Buffer;
  readonly ciphertext: Buffer;
  /** 128 bits. */
  readonly tag: Buffer;
}

/**
 * The server's side of one token. Starts a token host, gives it calls, and replaces it when it dies
 * or hangs. Deadlines are in milliseconds since the epoch.
 *
 * Every call rejects with TokenError when the token answers with a return code, and with
 * TokenHostError when it does not answer. Calls that are safe to repeat (encrypt, decrypt, random,
 * findObject) survive the death of a host within their deadline; the others then fail as `lost`.
 */
export class TokenClient {
  readonly #pending: PendingCalls;
  readonly #objects = new ObjectMap();
  readonly #keeper: HostKeeper;
  readonly #stopGraceMs: number;
  #stopping: Promise<void> | undefined;

  constructor(options: TokenClientOptions) {
    const { maxQueued, sessions } = options.settings;
    const window = sessions * WORKER_DEPTH + 1;
    this.#pending = new PendingCalls(maxQueued, window, () => this.#keeper.proveWorking());
    this.#keeper = new HostKeeper(options, this.#pending, this.#objects);
    this.#stopGraceMs = options.stopGraceMs ?? STOP_GRACE_MS;
  }

  /**
   * Starts the host and logs in. The PIN is copied, sent over the socket only, and zeroed by `stop`
   * or a refusal. A client starts once.
   *
   * Rejects with TokenError or TokenHostError. After an error whose action is `refused` (a wrong,
   * locked or expired PIN) the state is `refused` for good. After any other the state is `absent`
   * and attempts go on until `stop`.
   */
  async start(pin: Buffer | string): Promise<TokenInfo> {
    return this.#keeper.start(
      typeof pin === 'string' ? Buffer.from(pin, 'utf8') : Buffer.from(pin),
    );
  }

  get state(): TokenState {
    return this.#keeper.state;
  }

  /** Calls `listener` after every change of state; the answer removes it. */
  onStateChange(listener: StateListener): () => void {
    return this.#keeper.onStateChange(listener);
  }

  /** Whether the token had an object with this CKA_ID when it was last read. */
  has(ckaId: string): boolean {
    return this.#objects.view.has(ckaId);
  }

  /** The token's key objects by CKA_ID. Read at connect, kept by what this client does after. */
  objects(): ReadonlyMap<string, ObjectInfo> {
    return this.#objects.view;
  }

  /** AES-256-GCM with a fresh IV. The plaintext must not be empty. */
  async encrypt(
    ckaId: string,
    { plaintext, aad }: { plaintext: Buffer; aad: Buffer },
    deadline: number,
  ): Promise<AesGcmCiphertext> {
    // An empty plaintext gives ARGUMENTS_BAD in some libraries and spoils the session.
    if (plaintext.length === 0) throw TokenError.of('CKR_DATA_LEN_RANGE');
    const sealed = await this.#run('encrypt', ckaId, [plaintext, aad], deadline);
    const [iv, ciphertext, tag] = sealed as [Buffer, Buffer, Buffer];
    return { iv, ciphertext, tag };
  }

  /** The reverse. An invalid ciphertext or AAD gives a TokenError with the action `caller`. */
  async decrypt(
    ckaId: string,
    { iv, ciphertext, tag, aad }: AesGcmCiphertext & { aad: Buffer },
    deadline: number,
  ): Promise<Buffer> {
    if (iv.length === 0 || ciphertext.length === 0 || tag.length !== TAG_BYTES) {
      throw TokenError.of('CKR_ENCRYPTED_DATA_LEN_RANGE');
    }
    return (await this.#run('decrypt', ckaId, [iv, ciphertext, tag, aad], deadline)) as Buffer;
  }

  /** Between 1 and 65,536 bytes of the token's random source. Throws RangeError outside of that. */
  async random(length: number, deadline: number): Promise<Buffer> {
    if (!Number.isInteger(length) || length < 1 || length > MAX_RANDOM_BYTES) {
      throw new RangeError(`Between 1 and ${MAX_RANDOM_BYTES} random bytes can be asked for`);
    }
    return (await this.#run('random', '', length, deadline)) as Buffer;
  }

  /**
   * Makes an AES-256 token key for encryption that is sensitive and not extractable, and reads that
   * back. A key that is not is destroyed and the call fails as `unsafe-object`.
   */
  async generateAesKey(
    { ckaId, label }: { ckaId: string; label: string },
    deadline: number,
  ): Promise<void> {
    if (this.has(ckaId)) {
      throw new TokenHostError('invalid', 'The token has an object with this CKA_ID already');
    }
    await this.#run('generateAesKey', ckaId, [ckaId, label], deadline);
  }

  /** Destroys every object with this CKA_ID. False when there was none. */
  async destroyObject(ckaId: string, deadline: number): Promise<boolean> {
    return (await this.#run('destroyObject', ckaId, ckaId, deadline)) as boolean;
  }

  /** Asks the token itself. Undefined means that it was asked, logged in, and has no such object. */
  async findObject(ckaId: string, deadline: number): Promise<ObjectInfo | undefined> {
    const found = await this.#run('findObject', ckaId, ckaId, deadline);
    if (found === null) return undefined;
    const [label, objectClass, keyType] = found as [string, KeyClass, number | null];
    return { label, objectClass, keyType: keyType ?? undefined };
  }

  /**
   * Waits for running calls, has the host finalize its library and end, and kills it when it does
   * not. Afterwards no process is left. May be called in any state, and more than once.
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#keeper.stop(this.#stopGraceMs);
    return this.#stopping;
  }

  #run(operation: OperationName, ckaId: string, args: unknown, deadline: number): Promise<unknown> {
    const { state, error } = this.#keeper;
    if (state === 'stopped' || state === 'absent' || state === 'refused') {
      const cause = error === undefined ? {} : { cause: error };
      throw new TokenHostError('unavailable', `The token is ${state}`, cause);
    }
    return this.#pending.run(operation, ckaId, args, deadline);
  }
}
