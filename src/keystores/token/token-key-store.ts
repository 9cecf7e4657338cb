/** Keys of origin AWS_CLOUDHSM: the material is an object in a token and never leaves it. */

import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import {
  type Algorithm,
  type KeySpec,
  type MacAlgorithm,
  macHashes,
  type OaepAlgorithm,
  oaepHashes,
  specRow,
} from '../../crypto/algorithms.js';
import { uncompressedPoint } from '../../crypto/jwk.js';
import type { Deadline } from '../../kernel/time.js';
import type { Log } from '../../observe/log.js';
import type { Token } from '../../token-host/client/token.js';
import { tokenOutcome } from '../../token-host/protocol/token-outcome.js';
import type { WrappedKey } from '../../token-host/protocol/wrapped-keys.js';
import type {
  Agrees,
  GivesRandom,
  LooksAgain,
  Macs,
  OpensOaep,
  RequiresAlgorithm,
  SignRequest,
  Signs,
} from '../contract/abilities.js';
import type { Attestation, Attests } from '../contract/attestation.js';
import type { CipherParts } from '../contract/cipher-parts.js';
import type { KeyStore } from '../contract/key-store.js';
import { isAdopted, type KeyMaterial } from '../contract/material.js';
import type { MaterialSpec } from '../contract/materials.js';
import { invalidCiphertext, unsupported } from '../contract/store-error.js';
import type { Invocations } from '../invocations/invocations.js';
import { ckaIdOfName } from './adopted-objects.js';
import { attestationOf, WRAPPED_ATTESTATION } from './attestation.js';
import type { Capabilities } from './capabilities.js';
import { keptKey } from './kept-keys.js';
import { answerDecryptionFailure, answerRefusal, answerTokenFailure } from './token-failures.js';
import { signatureOf, tokenSignInput } from './token-signatures.js';

/** A search of the token for one missing object, at most so often, and for so many of them. */
const LOOK_AGAIN_MS = 5000;
const MAX_LOOKED = 10_000;

export interface TokenKeyStoreOptions {
  readonly tokenId: string;
  readonly client: Token;
  readonly log: Log;
  readonly capabilities: Capabilities;
  readonly invocations: Invocations;
  readonly now: () => number;
}

/** A token's keys: it can whatever a store may be asked for, as far as its library can. */
export class TokenKeyStore
  implements
    KeyStore,
    Signs,
    Macs,
    Agrees,
    OpensOaep,
    GivesRandom,
    RequiresAlgorithm,
    LooksAgain,
    Attests
{
  readonly kind = 'token';
  readonly #tokenId: string;
  readonly #client: Token;
  readonly #log: Log;
  readonly #capabilities: Capabilities;
  readonly #now: () => number;
  readonly #invocations: Invocations;
  readonly #lookedAt = new LRUCache<string, number>({ max: MAX_LOOKED });

  constructor(options: TokenKeyStoreOptions) {
    const { tokenId, client, log, capabilities, invocations, now } = options;
    this.#tokenId = tokenId;
    this.#client = client;
    this.#log = log;
    this.#capabilities = capabilities;
    this.#invocations = invocations;
    this.#now = now;
  }

  /** Until the token was read to its end, a key counts as there: whoever uses it searches for it. */
  holds(material: KeyMaterial): boolean {
    if (material.sealed !== undefined) return true;
    return material.ckaId !== undefined && this.#client.has(ckaIdOfName(material.ckaId)) !== false;
  }

  /** Another server on the same database may have made the object since this one read the token. */
  async lookFor(material: KeyMaterial, deadline: Deadline): Promise<void> {
    if (material.ckaId === undefined) return;
    const ckaId = ckaIdOfName(material.ckaId);
    const looked = this.#lookedAt.get(ckaId) ?? 0;
    if (this.#now() - looked < LOOK_AGAIN_MS) return;
    this.#lookedAt.set(ckaId, this.#now());
    try {
      await this.#client.call('findObject', ckaId, undefined, deadline);
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
    const key = keyOf(material);
    // Not after the token was asked: what is given out must have been counted.
    const counted = this.#invocations.take(countedAs(material), deadline);
    if (counted) await counted;
    try {
      const { iv, tag, ciphertext } = await this.#client.call(
        'encrypt',
        key,
        { plaintext, aad },
        deadline,
      );
      return { nonce: iv, tag, ciphertext };
    } catch (error) {
      throw this.#refusal(error, 'SYMMETRIC_DEFAULT');
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
      return await this.#client.call(
        'decrypt',
        keyOf(material),
        { iv, tag, ciphertext, aad },
        deadline,
      );
    } catch (error) {
      throw answerDecryptionFailure(error);
    }
  }

  async random(length: number, deadline: Deadline): Promise<Buffer> {
    try {
      return await this.#client.call('random', undefined, { length }, deadline);
    } catch (error) {
      throw answerTokenFailure(error);
    }
  }

  async sign(material: KeyMaterial, request: SignRequest, deadline: Deadline): Promise<Buffer> {
    const input = tokenSignInput(request);
    if (!input) {
      throw unsupported(
        `The token ${this.#tokenId} cannot sign with ${request.algorithm} and MessageType ${request.messageType}: PKCS#11 has no mechanism for it`,
      );
    }
    try {
      const raw = await this.#client.call('sign', keyOf(material), input, deadline);
      return signatureOf(request, raw);
    } catch (error) {
      throw this.#refusal(error, request.algorithm);
    }
  }

  async mac(
    material: KeyMaterial,
    algorithm: MacAlgorithm,
    message: Buffer,
    deadline: Deadline,
  ): Promise<Buffer> {
    try {
      const hash = macHashes[algorithm];
      return await this.#client.call('mac', keyOf(material), { hash, message }, deadline);
    } catch (error) {
      throw this.#refusal(error, algorithm);
    }
  }

  async agree(
    material: KeyMaterial,
    keySpec: KeySpec,
    peer: KeyObject,
    deadline: Deadline,
  ): Promise<Buffer> {
    try {
      const point = uncompressedPoint(peer);
      const { bytes } = specRow(keySpec);
      return await this.#client.call('derive', keyOf(material), { point, bytes }, deadline);
    } catch (error) {
      throw this.#refusal(error, 'ECDH');
    }
  }

  async decryptOaep(
    material: KeyMaterial,
    keySpec: KeySpec,
    algorithm: OaepAlgorithm,
    ciphertext: Buffer,
    deadline: Deadline,
  ): Promise<Buffer> {
    // Tokens answer a wrong length with codes that say nothing of the ciphertext.
    if (ciphertext.length !== specRow(keySpec).bytes) throw invalidCiphertext();
    const { hash } = oaepHashes[algorithm];
    try {
      return await this.#client.call(
        'decryptOaep',
        keyOf(material),
        { hash, ciphertext },
        deadline,
      );
    } catch (error) {
      if (tokenOutcome(error) === 'caller') throw invalidCiphertext(error);
      throw this.#refusal(error, algorithm);
    }
  }

  async attest(material: KeyMaterial, deadline: Deadline): Promise<Attestation> {
    if (material.ckaId === undefined) return WRAPPED_ATTESTATION;
    try {
      const search = { ckaId: ckaIdOfName(material.ckaId) };
      return attestationOf(await this.#client.call('reportKeys', undefined, search, deadline));
    } catch (error) {
      throw answerTokenFailure(error);
    }
  }

  /** @throws StoreError unsupported, naming the token, what it lacks and why; unproven. */
  requireAlgorithm(spec: MaterialSpec, algorithm: Algorithm, deadline: Deadline): Promise<void> {
    return this.#capabilities.requireAlgorithm(spec, algorithm, deadline);
  }

  #refusal(error: unknown, algorithm: Algorithm): unknown {
    return answerRefusal(error, this.#tokenId, `use this key with ${algorithm}`);
  }
}

/** An adopted key may be another material later, and is the same key. */
function countedAs(material: KeyMaterial): string {
  return material.ckaId !== undefined && isAdopted(material) ? material.ckaId : material.materialId;
}

/** The material's object in the token, or all of it where it is kept wrapped. */
function keyOf(material: KeyMaterial): string | WrappedKey {
  return material.ckaId === undefined ? keptKey(material) : ckaIdOfName(material.ckaId);
}
