import type { HashName } from '../../crypto/algorithms.js';
import type { PublicJwk } from '../../crypto/public-jwk.js';
import { TAG_BYTES } from '../../kernel/gcm.js';
import { AES_256, type KeyIdentity, type KeyOrder } from '../protocol/key-order.js';
import type { ProbeReport, ProbeRequest } from '../protocol/probe.js';
import {
  type KeyClass,
  type ObjectInfo,
  type OperationName,
  type TokenInfo,
  WORKER_DEPTH,
} from '../protocol/protocol.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import type { TokenScheme } from '../protocol/token-scheme.js';
import type { TokenClientOptions } from './client-options.js';
import { HostKeeper, type StateListener, type TokenState } from './host-keeper.js';
import { ObjectMap } from './object-map.js';
import { PendingCalls } from './pending-calls.js';

export type { TokenState } from './host-keeper.js';

/** Authentication tags are 128 bits (NIST SP 800-38D, 5.2.1.2). */

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
 * TokenHostError when it does not answer. Calls that are safe to repeat (protocol.ts says which)
 * survive the death of a host within their deadline; the others then fail as `lost`.
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

  /** Whether the token had a key with this CKA_ID when it was last read; half a pair is none. */
  has(ckaId: string): boolean {
    const found = this.#objects.view.get(ckaId);
    return found !== undefined && found.objectClass !== 'public';
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
   * A signature as the token makes it: for ECDSA r‖s. `input` is what the scheme's mechanism takes:
   * for `pkcs1` a DigestInfo, for `pss` and `ecdsa` the digest, for the others the message. `hash` is
   * the digest's.
   */
  async sign(
    ckaId: string,
    { scheme, hash, input }: { scheme: TokenScheme; hash: HashName | undefined; input: Buffer },
    deadline: number,
  ): Promise<Buffer> {
    return (await this.#run('sign', ckaId, [scheme, hash ?? null, input], deadline)) as Buffer;
  }

  /** HMAC, untruncated. */
  async mac(
    ckaId: string,
    { hash, message }: { hash: HashName; message: Buffer },
    deadline: number,
  ): Promise<Buffer> {
    return (await this.#run('mac', ckaId, [hash, message], deadline)) as Buffer;
  }

  /** ECDH with an uncompressed point: the x-coordinate of `bytes` octets, with leading zeros. */
  async derive(
    ckaId: string,
    { point, bytes }: { point: Buffer; bytes: number },
    deadline: number,
  ): Promise<Buffer> {
    return (await this.#run('derive', ckaId, [point, bytes], deadline)) as Buffer;
  }

  /** RSA-OAEP, MGF1 of the same hash. An invalid ciphertext gives the action `caller`. */
  async decryptOaep(
    ckaId: string,
    { hash, ciphertext }: { hash: HashName; ciphertext: Buffer },
    deadline: number,
  ): Promise<Buffer> {
    return (await this.#run('decryptOaep', ckaId, [hash, ciphertext], deadline)) as Buffer;
  }

  /**
   * Makes a token key that is sensitive and not extractable, with no usage but the ordered one, and
   * reads that back. A key that is not as ordered is destroyed and the call fails as `unsafe-object`.
   * Answers the public half of a pair.
   */
  async generateKey(
    { ckaId, label, order }: KeyIdentity & { order: KeyOrder },
    deadline: number,
  ): Promise<PublicJwk | undefined> {
    if (this.#objects.view.has(ckaId)) {
      throw new TokenHostError('invalid', 'The token has an object with this CKA_ID already');
    }
    const made = await this.#run('generateKey', ckaId, [ckaId, label, order], deadline);
    return (made as PublicJwk | null) ?? undefined;
  }

  /** `generateKey` for AES-256-GCM. */
  async generateAesKey(identity: KeyIdentity, deadline: number): Promise<void> {
    await this.generateKey({ ...identity, order: AES_256 }, deadline);
  }

  /** Tries out what the token can do, with a key that exists as long as that takes. */
  async probe(request: ProbeRequest, deadline: number): Promise<ProbeReport> {
    return (await this.#run('probe', '', request, deadline)) as ProbeReport;
  }

  /**
   * Unwraps a secret that was encrypted by RSA-OAEP for the pair `wrapping`, which has the purpose
   * `unwrap`, to a token key that is sensitive and not extractable. Without an identity it is only
   * tried. An invalid ciphertext gives whatever error the token has for it.
   * @returns the secret's length in octets, where the token says it
   */
  async unwrapKey(
    { wrapping, hash, wrapped }: { wrapping: string; hash: HashName; wrapped: Buffer },
    order: KeyOrder,
    identity: KeyIdentity | undefined,
    deadline: number,
  ): Promise<number | undefined> {
    const named = identity ? [identity.ckaId, identity.label] : null;
    const args = [wrapping, hash, wrapped, named, order];
    const bytes = await this.#run('unwrapKey', identity?.ckaId ?? wrapping, args, deadline);
    return (bytes as number | null) ?? undefined;
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
