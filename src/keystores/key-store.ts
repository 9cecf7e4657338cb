/**
 * The contract between keys and the places that hold their material. Small on purpose: what a store
 * may lack is an optional capability.
 */
import type { CipherParts, CiphertextKind } from '../keys/ciphertext.js';
import type { KeyMaterial } from '../keys/key.js';

/** Wall-clock time, epoch milliseconds, by which a call must have been answered. */
export type Deadline = number;

export interface KeyStore {
  /** Which ciphertexts the store makes and reads. */
  readonly kind: CiphertextKind;

  /** True when the material can be used now: the store is connected and holds it. */
  holds(material: KeyMaterial): boolean;

  /** Looks again for material that the store doesn't hold; `holds` then knows. Never rejects. */
  lookFor?(material: KeyMaterial, deadline: Deadline): Promise<void>;

  /**
   * Encrypts 1–4,096 octets.
   * @throws KmsError in the words of this kind of store.
   */
  encrypt(
    material: KeyMaterial,
    plaintext: Buffer,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<CipherParts>;

  /** @throws KmsError InvalidCiphertextException when the parts, the data or the key don't agree. */
  decrypt(
    material: KeyMaterial,
    parts: CipherParts,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<Buffer>;

  /** `length` octets (1–1,024) from the store's own random number generator. */
  random?(length: number, deadline: Deadline): Promise<Buffer>;
}
