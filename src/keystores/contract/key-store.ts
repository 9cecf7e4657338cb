/**
 * The contract between keys and the places that hold their material. Small on purpose: what only some
 * stores can is an ability (abilities.ts).
 */

import type { Deadline } from '../../kernel/time.js';
import type { CipherParts, CiphertextKind } from './cipher-parts.js';
import type { KeyMaterial } from './material.js';

export interface KeyStore {
  /** Which ciphertexts the store makes and reads. */
  readonly kind: CiphertextKind;

  /** True when the material can be used now: the store is connected and holds it. */
  holds(material: KeyMaterial): boolean;

  /**
   * Encrypts 1–4,096 octets.
   * @throws StoreError
   */
  encrypt(
    material: KeyMaterial,
    plaintext: Buffer,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<CipherParts>;

  /** @throws StoreError invalid-ciphertext when the parts, the data or the key don't agree. */
  decrypt(
    material: KeyMaterial,
    parts: CipherParts,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<Buffer>;
}
