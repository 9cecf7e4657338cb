/**
 * Keys of origin AWS_KMS: the material is stored sealed by the root token and opened into a bounded
 * cache of KeyObjects; what takes long runs in the pool.
 */

import { createHmac, createSecretKey, diffieHellman, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import {
  type KeySpec,
  type MacAlgorithm,
  macHashes,
  type OaepAlgorithm,
} from '../../crypto/algorithms.js';
import { isHeavyEncapsulation, isHeavyRsa, isHeavySignature } from '../../crypto/cost.js';
import { decapsulate, encapsulationBytes } from '../../crypto/ml-kem.js';
import { openOaep } from '../../crypto/oaep.js';
import { makeSignature } from '../../crypto/signatures.js';
import { materialLocation, type Sealer } from '../../kernel/sealing.js';
import type { Deadline } from '../../kernel/time.js';
import type {
  Agrees,
  Decapsulates,
  Macs,
  OpensOaep,
  SignRequest,
  Signs,
} from '../contract/abilities.js';
import type { Attestation, Attests } from '../contract/attestation.js';
import type { CipherParts } from '../contract/cipher-parts.js';
import type { KeyStore } from '../contract/key-store.js';
import type { KeyMaterial } from '../contract/material.js';
import { invalidCiphertext } from '../contract/store-error.js';
import type { CryptoPool } from './crypto-pool.js';
import { openMessage, sealMessage } from './message-cipher.js';

export interface SoftwareKeyStoreOptions {
  readonly sealer: Sealer;
  readonly pool: CryptoPool;
  /** How many opened materials stay in memory. */
  readonly maxOpenMaterials: number;
}

/** What anybody may know: the key isn't in hardware while it is used. */
const IN_SOFTWARE = {
  kind: 'none',
  note: "This key is not in hardware: it is stored sealed by the root token's key, and opened in the memory of the server to be used.",
} as const;

/** Turns the unsealed octets of a kind of material into the key that its operations use. */
type Opener = (octets: Buffer) => KeyObject | Promise<KeyObject>;

const openSecret: Opener = (octets) => createSecretKey(octets);

export class SoftwareKeyStore
  implements KeyStore, Signs, Macs, Agrees, OpensOaep, Decapsulates, Attests
{
  readonly kind = 'software';
  readonly #sealer: Sealer;
  readonly #pool: CryptoPool;
  readonly #open: LRUCache<string, KeyObject>;

  constructor(options: SoftwareKeyStoreOptions) {
    this.#sealer = options.sealer;
    this.#pool = options.pool;
    this.#open = new LRUCache({ max: options.maxOpenMaterials });
  }

  holds(material: KeyMaterial): boolean {
    return material.sealed !== undefined;
  }

  /** Drops what is open of a material that is no more. @param place its sealed location's row; all if absent */
  forget(place?: string): void {
    if (place === undefined) this.#open.clear();
    else this.#open.delete(place);
  }

  async attest(): Promise<Attestation> {
    return { proof: IN_SOFTWARE, claims: undefined };
  }

  async encrypt(
    material: KeyMaterial,
    plaintext: Buffer,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<CipherParts> {
    return sealMessage(await this.#key(material, openSecret, deadline), plaintext, aad);
  }

  async decrypt(
    material: KeyMaterial,
    parts: CipherParts,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<Buffer> {
    const plaintext = openMessage(await this.#key(material, openSecret, deadline), parts, aad);
    if (!plaintext) throw invalidCiphertext();
    return plaintext;
  }

  async sign(material: KeyMaterial, request: SignRequest, deadline: Deadline): Promise<Buffer> {
    const task = { ...request, key: await this.#privateKey(material, request.keySpec, deadline) };
    return isHeavySignature(task) ? this.#pool.sign(task) : makeSignature(task);
  }

  async mac(
    material: KeyMaterial,
    algorithm: MacAlgorithm,
    message: Buffer,
    deadline: Deadline,
  ): Promise<Buffer> {
    const key = await this.#key(material, openSecret, deadline);
    return createHmac(macHashes[algorithm], key).update(message).digest();
  }

  async agree(
    material: KeyMaterial,
    keySpec: KeySpec,
    peer: KeyObject,
    deadline: Deadline,
  ): Promise<Buffer> {
    const privateKey = await this.#privateKey(material, keySpec, deadline);
    return diffieHellman({ privateKey, publicKey: peer });
  }

  async decryptOaep(
    material: KeyMaterial,
    keySpec: KeySpec,
    algorithm: OaepAlgorithm,
    ciphertext: Buffer,
    deadline: Deadline,
  ): Promise<Buffer> {
    const key = await this.#privateKey(material, keySpec, deadline);
    const task = { algorithm, key, ciphertext };
    const plaintext = isHeavyRsa(keySpec) ? await this.#pool.decryptOaep(task) : openOaep(task);
    if (!plaintext) throw invalidCiphertext();
    return plaintext;
  }

  async decapsulate(
    material: KeyMaterial,
    keySpec: KeySpec,
    ciphertext: Buffer,
    deadline: Deadline,
  ): Promise<Buffer> {
    if (ciphertext.length !== encapsulationBytes(keySpec)) throw invalidCiphertext();
    const key = await this.#privateKey(material, keySpec, deadline);
    const task = { keySpec, key, ciphertext };
    return isHeavyEncapsulation(key) ? this.#pool.decapsulate(task) : decapsulate(task);
  }

  #privateKey(material: KeyMaterial, keySpec: KeySpec, deadline: Deadline): Promise<KeyObject> {
    const opener: Opener = (octets) => this.#pool.openPrivateKey(keySpec, octets);
    return this.#key(material, opener, deadline);
  }

  async #key(material: KeyMaterial, opener: Opener, deadline: Deadline): Promise<KeyObject> {
    if (!material.sealed) throw new Error(`material ${material.materialId} is not here`);
    const open = this.#open.get(placeOf(material));
    if (open) return open;
    const location = materialLocation(material);
    const octets = await this.#sealer.open(material.sealed, location, deadline);
    const key = await opener(octets);
    octets.fill(0);
    this.#open.set(placeOf(material), key);
    return key;
  }
}

/** Not the material's id alone: a row moved to another key must not find what its owner has opened. */
function placeOf(material: KeyMaterial): string {
  return materialLocation(material).row;
}
