/** Keys of origin AWS_CLOUDHSM: the material is an object in a token and never leaves it. */

import { LRUCache } from 'lru-cache';
import type { CipherParts } from '../../keys/ciphertext.js';
import type { KeyMaterial } from '../../keys/key.js';
import type { Log } from '../../observe/log.js';
import type { TokenClient } from '../../token-host/client.js';
import type { Deadline, KeyStore } from '../key-store.js';
import { answerDecryptFailure, answerTokenFailure } from './token-failures.js';

/**
 * AES-GCM with random 96-bit IVs is safe for 2^32 messages under one key (NIST SP 800-38D §8.3);
 * well before that an operator should know.
 */
const WARN_AT_INVOCATIONS = 2 ** 31;

/** A search of the token for one missing object, at most so often, and for so many of them. */
const LOOK_AGAIN_MS = 5000;
const MAX_LOOKED = 10_000;

export interface TokenKeyStoreOptions {
  readonly client: TokenClient;
  readonly log: Log;
  readonly now: () => number;
}

export class TokenKeyStore implements KeyStore {
  readonly kind = 'token';
  readonly #client: TokenClient;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #invocations = new Map<string, number>();
  readonly #lookedAt = new LRUCache<string, number>({ max: MAX_LOOKED });

  constructor({ client, log, now }: TokenKeyStoreOptions) {
    this.#client = client;
    this.#log = log;
    this.#now = now;
  }

  holds(material: KeyMaterial): boolean {
    return material.ckaId !== undefined && this.#client.has(material.ckaId);
  }

  /** Another server on the same database may have made the object since this one read the token. */
  async lookFor(material: KeyMaterial, deadline: Deadline): Promise<void> {
    const ckaId = ckaIdOf(material);
    const looked = this.#lookedAt.get(ckaId) ?? 0;
    if (this.#now() - looked < LOOK_AGAIN_MS) return;
    this.#lookedAt.set(ckaId, this.#now());
    try {
      await this.#client.findObject(ckaId, deadline);
    } catch (error) {
      this.#log.warn(
        { err: error, ckaId },
        'a key that may be in the token could not be looked for',
      );
    }
  }

  async encrypt(
    material: KeyMaterial,
    plaintext: Buffer,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<CipherParts> {
    const ckaId = ckaIdOf(material);
    try {
      const { iv, tag, ciphertext } = await this.#client.encrypt(
        ckaId,
        { plaintext, aad },
        deadline,
      );
      this.#count(ckaId);
      return { nonce: iv, tag, ciphertext };
    } catch (error) {
      throw answerTokenFailure(error);
    }
  }

  async decrypt(
    material: KeyMaterial,
    parts: CipherParts,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<Buffer> {
    const { nonce: iv, tag, ciphertext } = parts;
    try {
      return await this.#client.decrypt(ckaIdOf(material), { iv, tag, ciphertext, aad }, deadline);
    } catch (error) {
      throw answerDecryptFailure(error);
    }
  }

  async random(length: number, deadline: Deadline): Promise<Buffer> {
    try {
      return await this.#client.random(length, deadline);
    } catch (error) {
      throw answerTokenFailure(error);
    }
  }

  #count(ckaId: string): void {
    const invocations = (this.#invocations.get(ckaId) ?? 0) + 1;
    this.#invocations.set(ckaId, invocations);
    if (invocations === WARN_AT_INVOCATIONS) {
      this.#log.warn(
        { ckaId, invocations },
        'this token key has encrypted so often that it should be replaced',
      );
    }
  }
}

function ckaIdOf(material: KeyMaterial): string {
  if (!material.ckaId) throw new Error(`material ${material.materialId} is not in a token`);
  return material.ckaId;
}
