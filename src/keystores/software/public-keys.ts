/**
 * What a public key can do, here for keys of every store: no secret takes part, so it needs no token.
 */
import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeySpec, OaepAlgorithm } from '../../crypto/algorithms.js';
import { isHeavyEncapsulation, isHeavySignature } from '../../crypto/cost.js';
import { type Encapsulated, encapsulate } from '../../crypto/ml-kem.js';
import { sealOaep } from '../../crypto/oaep.js';
import { openPublicKey } from '../../crypto/open-keys.js';
import { checkSignature } from '../../crypto/signatures.js';
import type { SignRequest } from '../contract/abilities.js';
import type { KeyMaterial } from '../contract/material.js';
import type { CryptoPool } from './crypto-pool.js';

export interface PublicKeysOptions {
  readonly pool: CryptoPool;
  readonly maxOpenKeys: number;
}

export class PublicKeys {
  readonly #pool: CryptoPool;
  readonly #open: LRUCache<string, KeyObject>;

  constructor({ pool, maxOpenKeys }: PublicKeysOptions) {
    this.#pool = pool;
    this.#open = new LRUCache({ max: maxOpenKeys });
  }

  /** Whether the signature is right; a malformed one is not. */
  async verify(material: KeyMaterial, request: SignRequest, signature: Buffer): Promise<boolean> {
    const publicKey = this.#key(material, request.keySpec);
    const task = { ...request, publicKey, signature };
    return isHeavySignature(task) ? this.#pool.verify(task) : checkSignature(task);
  }

  encryptOaep(
    material: KeyMaterial,
    keySpec: KeySpec,
    algorithm: OaepAlgorithm,
    plaintext: Buffer,
  ): Buffer {
    return sealOaep(algorithm, this.#key(material, keySpec), plaintext);
  }

  /** A secret of 32 octets, and what tells it to the owner of the private key. */
  async encapsulate(material: KeyMaterial, keySpec: KeySpec): Promise<Encapsulated> {
    const publicKey = this.#key(material, keySpec);
    const task = { keySpec, publicKey };
    return isHeavyEncapsulation(publicKey) ? this.#pool.encapsulate(task) : encapsulate(task);
  }

  #key({ keyId, materialId, publicKey }: KeyMaterial, keySpec: KeySpec): KeyObject {
    const open = this.#open.get(materialId);
    if (open) return open;
    if (!publicKey) throw new Error(`key ${keyId} has no public key`);
    const opened = openPublicKey(keySpec, publicKey);
    this.#open.set(materialId, opened);
    return opened;
  }
}
