/**
 * Keys of origin AWS_KMS: the material is stored sealed by the root token and opened into a bounded
 * cache; the cryptography is node:crypto's.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { refuse } from '../../api/refusals.js';
import type { CipherParts } from '../../keys/ciphertext.js';
import type { KeyMaterial } from '../../keys/key.js';
import type { Deadline, KeyStore } from '../key-store.js';
import { materialLocation, type Sealer } from '../sealing.js';
import { deriveMessageKey } from './kdf.js';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 16;
/** Each message has a key of its own, used once, so a constant IV is unique under its key. */
const IV = Buffer.alloc(12);

export interface SoftwareKeyStoreOptions {
  readonly sealer: Sealer;
  /** How many opened materials stay in memory. */
  readonly maxOpenMaterials: number;
}

export class SoftwareKeyStore implements KeyStore {
  readonly kind = 'software';
  readonly #sealer: Sealer;
  readonly #open: LRUCache<string, KeyObject>;

  constructor(options: SoftwareKeyStoreOptions) {
    this.#sealer = options.sealer;
    this.#open = new LRUCache({ max: options.maxOpenMaterials });
  }

  holds(material: KeyMaterial): boolean {
    return material.sealed !== undefined;
  }

  async encrypt(
    material: KeyMaterial,
    plaintext: Buffer,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<CipherParts> {
    const secret = this.#open.get(placeOf(material)) ?? (await this.#unseal(material, deadline));
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, deriveMessageKey(secret, nonce), IV);
    cipher.setAAD(aad);
    const ciphertext = cipher.update(plaintext);
    cipher.final();
    return { nonce, ciphertext, tag: cipher.getAuthTag() };
  }

  async decrypt(
    material: KeyMaterial,
    parts: CipherParts,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<Buffer> {
    const secret = this.#open.get(placeOf(material)) ?? (await this.#unseal(material, deadline));
    const decipher = createDecipheriv(CIPHER, deriveMessageKey(secret, parts.nonce), IV);
    decipher.setAAD(aad);
    decipher.setAuthTag(parts.tag);
    const plaintext = decipher.update(parts.ciphertext);
    try {
      decipher.final();
    } catch {
      // node:crypto has one error for a tag that doesn't match, and no other at this point.
      plaintext.fill(0);
      throw refuse.invalidCiphertext();
    }
    return plaintext;
  }

  async #unseal(material: KeyMaterial, deadline: Deadline): Promise<KeyObject> {
    if (!material.sealed)
      throw new Error(`material ${material.materialId} is not a software key's`);
    const octets = await this.#sealer.open(material.sealed, materialLocation(material), deadline);
    const secret = createSecretKey(octets);
    octets.fill(0);
    this.#open.set(placeOf(material), secret);
    return secret;
  }
}

/** Not the material's id alone: a row moved to another key must not find what its owner has opened. */
function placeOf(material: KeyMaterial): string {
  return materialLocation(material).row;
}
