/** Whether a token can do a root token's work, found out at every start before anything depends on it. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type BackOff, backOff } from '../../kernel/back-off.js';
import type { Deadline } from '../../kernel/time.js';
import { tryAesGcm } from '../../token-host/client/aes-gcm-trial.js';
import type { TokenClient } from '../../token-host/client/client.js';
import {
  createProbeKey,
  generateProbeKey,
  type TriedKey,
  triedKey,
} from '../../token-host/client/tried-key.js';
import { capabilityCode, failureReason } from '../../token-host/protocol/capability-codes.js';
import { AES_256 } from '../../token-host/protocol/key-order.js';
import type { TokenInfo } from '../../token-host/protocol/protocol.js';
import type { CallName } from '../../token-host/protocol/token-calls.js';
import { TokenError, TokenHostError } from '../../token-host/protocol/token-error.js';
import { StoreError } from '../contract/store-error.js';

/** The token can't do a root token's work, or not now; the message is one line for the operator. */
export class UnfitRootTokenError extends Error {
  override readonly name = 'UnfitRootTokenError';
}

/** What an operator calls the calls that the work consists of. */
const WORK = {
  findObject: 'finding its root key',
  createKey: 'making an AES-256 key',
  generateKey: 'making an AES-256 key',
  destroyObject: 'destroying a key',
  encrypt: 'sealing with AES-256-GCM',
  decrypt: 'opening with AES-256-GCM',
  random: 'giving random octets',
} as const satisfies Partial<Record<CallName, string>>;

type WorkName = keyof typeof WORK;

/** Faults that may pass are tried so often, and with these waits between. */
const MOST_ATTEMPTS = 4;
const BETWEEN: BackOff = { firstMs: 250, maxMs: 2000 };

const RANDOM_BYTES = 32;
const PROBE_CKA_ID_CHARS = 32;

export class RootTokenTrial {
  readonly #client: TokenClient;
  readonly #info: TokenInfo;

  constructor(client: TokenClient, info: TokenInfo) {
    this.#client = client;
    this.#info = info;
  }

  /**
   * Seals, opens and asks for random octets with a root key that is there.
   * @throws UnfitRootTokenError
   */
  ofRootKey(ckaId: string, deadline: Deadline): Promise<void> {
    return this.#repeated(() => this.#work(triedKey(this.#client, ckaId, deadline), deadline));
  }

  /**
   * The same with a key that exists as long as it takes. Its CKA_ID follows from the one that is intended
   * for the root key, so that what a killed start left is destroyed by the next.
   * @throws UnfitRootTokenError
   */
  ofNewKey(rootCkaId: string, deadline: Deadline): Promise<void> {
    const hash = createHash('sha256').update(`probe ${rootCkaId}`).digest('hex');
    return this.ofKeyNamed(hash.slice(0, PROBE_CKA_ID_CHARS), deadline);
  }

  /**
   * The same under this CKA_ID, which no other key has.
   * @throws UnfitRootTokenError
   */
  ofKeyNamed(ckaId: string, deadline: Deadline): Promise<void> {
    return this.#repeated(async () => {
      await this.#destroy(ckaId, deadline);
      try {
        await this.#work(await this.#newKey(ckaId, deadline), deadline);
      } catch (error) {
        // What went wrong first is what the operator is to read.
        await this.#destroy(ckaId, deadline).catch(() => undefined);
        throw error;
      }
      await this.#destroy(ckaId, deadline);
    });
  }

  /**
   * Work of a start of which it is known what it is.
   * @throws UnfitRootTokenError where the token fails at it
   */
  async does<Result>(name: WorkName, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      // Of a call that was worded for a caller the token's own word is the cause.
      const failure = error instanceof StoreError ? error.cause : error;
      if (!isTokenFailure(failure)) throw error;
      throw this.#unfit(`${WORK[name]} failed: ${failureReason(failure)}`, failure);
    }
  }

  async #newKey(ckaId: string, deadline: Deadline): Promise<TriedKey> {
    const known = await this.does('createKey', () =>
      createProbeKey(this.#client, ckaId, AES_256, deadline),
    );
    if (known) return known;
    return this.does('generateKey', () => generateProbeKey(this.#client, ckaId, AES_256, deadline));
  }

  async #destroy(ckaId: string, deadline: Deadline): Promise<void> {
    await this.does('destroyObject', () =>
      this.#client.call('destroyObject', ckaId, undefined, deadline),
    );
  }

  async #work(key: TriedKey, deadline: Deadline): Promise<void> {
    let last: 'encrypt' | 'decrypt' = 'encrypt';
    const noted: TriedKey = {
      ...key,
      call: (name, args) => {
        last = name === 'decrypt' ? 'decrypt' : 'encrypt';
        return key.call(name, args);
      },
    };
    // Which of the two failed is known when it has: the trial judges some failures itself.
    const wrong = await tryAesGcm(noted).catch((error: unknown) =>
      this.does(last, () => Promise.reject(error)),
    );
    if (wrong !== undefined) throw this.#unfit(`${WORK[last]} is wrong: ${wrong}`);
    const random = () =>
      this.does('random', () =>
        this.#client.call('random', undefined, { length: RANDOM_BYTES }, deadline),
      );
    const [one, other] = [await random(), await random()];
    if (one.length !== RANDOM_BYTES || one.equals(other) || new Set(one).size === 1) {
      throw this.#unfit(`${WORK.random} is wrong: they are not random`);
    }
  }

  async #repeated(work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof UnfitRootTokenError)) throw error;
        const { cause } = error;
        if (cause === undefined || capabilityCode(cause) === 'definite') throw error;
        if (attempt === MOST_ATTEMPTS) throw error;
      }
      await pause(backOff(BETWEEN, attempt - 1));
    }
  }

  #unfit(what: string, cause?: unknown): UnfitRootTokenError {
    const { label, serial } = this.#info;
    return new UnfitRootTokenError(
      `the root token ${label} (serial ${serial}) can't do its work: ${what}`,
      cause === undefined ? {} : { cause },
    );
  }
}

function isTokenFailure(error: unknown): boolean {
  return error instanceof TokenError || error instanceof TokenHostError;
}
