/**
 * Encryption under a SYMMETRIC_DEFAULT key, wherever its material is.
 * Source: AWS KMS Cryptographic Details; format in ciphertext.ts.
 */

import type { Deadline } from '../../../kernel/time.js';
import type { KeyStore } from '../../../keystores/contract/key-store.js';
import { currentMaterial, type Key } from '../keys/key.js';
import { refuse } from '../refusals.js';
import { encodeCiphertext, encodeHeader, type ParsedCiphertext } from './ciphertext.js';
import { canonicalContext, type EncryptionContext } from './encryption-context.js';

/** Encrypts under the key's current material. @returns the CiphertextBlob, at most 4,183 octets. */
export async function encryptSymmetric(
  key: Key,
  store: KeyStore,
  plaintext: Buffer,
  context: EncryptionContext | undefined,
  deadline: Deadline,
): Promise<Buffer> {
  const material = currentMaterial(key);
  const header = encodeHeader({
    kind: store.kind,
    keyId: key.keyId,
    materialId: material.materialId,
  });
  const aad = Buffer.concat([header, canonicalContext(context)]);
  return encodeCiphertext(header, await store.encrypt(material, plaintext, aad, deadline));
}

/** @throws ServiceError InvalidCiphertextException when blob, context and key don't belong together. */
export async function decryptSymmetric(
  key: Key,
  store: KeyStore,
  parsed: ParsedCiphertext | undefined,
  context: EncryptionContext | undefined,
  deadline: Deadline,
): Promise<Buffer> {
  const material = parsed && key.materials.get(parsed.materialId);
  if (!material || parsed.kind !== store.kind) throw refuse.invalidCiphertext();
  const aad = Buffer.concat([parsed.header, canonicalContext(context)]);
  return store.decrypt(material, parsed, aad, deadline);
}
