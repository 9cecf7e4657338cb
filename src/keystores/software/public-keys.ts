/**
 * What a public key can do, here for keys of every store: no secret takes part, so it needs no token.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type OaepAlgorithm, specRow } from '../../crypto/algorithms.js';
import { isHeavySignature } from '../../crypto/cost.js';
import { sealOaep } from '../../crypto/oaep.js';
import { checkSignature } from '../../crypto/signatures.js';
import { currentMaterial, type Key } from '../../services/kms/keys/key.js';
import type { SignRequest } from '../contract/key-store.js';
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
  async verify(key: Key, request: SignRequest, signature: Buffer): Promise<boolean> {
    const isMlDsa = specRow(key.keySpec).family === 'ml-dsa';
    const publicKey = isMlDsa ? octetsOf(key) : this.#keyObject(key);
    const task = { ...request, publicKey, signature };
    return isHeavySignature(task) ? this.#pool.verify(task) : checkSignature(task);
  }

  encryptOaep(key: Key, algorithm: OaepAlgorithm, plaintext: Buffer): Buffer {
    return sealOaep(algorithm, this.#keyObject(key), plaintext);
  }

  #keyObject(key: Key): KeyObject {
    const { materialId } = currentMaterial(key);
    const open = this.#open.get(materialId);
    if (open) return open;
    const opened = createPublicKey({ key: octetsOf(key), format: 'der', type: 'spki' });
    this.#open.set(materialId, opened);
    return opened;
  }
}

function octetsOf(key: Key): Buffer {
  const { publicKey } = currentMaterial(key);
  if (!publicKey) throw new Error(`key ${key.keyId} has no public key`);
  return publicKey;
}
