/** Encryption and decryption under a key of any spec that may encrypt. */

import { type EncryptionAlgorithm, isOaep, maxPlaintext } from '../../../crypto/algorithms.js';
import type { PublicKeys } from '../../../keystores/software/public-keys.js';
import { currentMaterial, type Key } from '../keys/key.js';
import { refuse } from '../refusals.js';
import type { KeyStores } from '../stores/key-stores.js';
import { requireAbility } from '../stores/require-ability.js';
import type { ParsedCiphertext } from './ciphertext.js';
import type { EncryptionContext } from './encryption-context.js';
import { requireProven, requireProvenNow } from './proven-algorithm.js';
import { requireAlgorithm } from './require-algorithm.js';
import { decryptSymmetric, encryptSymmetric } from './symmetric.js';

export interface EncryptPorts {
  readonly keyStores: KeyStores;
  readonly publicKeys: PublicKeys;
}

interface Terms {
  readonly algorithm: EncryptionAlgorithm;
  readonly context: EncryptionContext | undefined;
  readonly deadline: number;
}

/**
 * What is refused before any cryptography.
 * @throws ServiceError InvalidKeyUsageException for another spec's algorithm, ValidationException for a
 * context with RSA.
 */
export function checkTerms(key: Key, { algorithm, context }: Terms): void {
  requireAlgorithm(key, algorithm);
  if (isOaep(algorithm)) refuseContext(context);
}

/** @throws ServiceError InvalidKeyUsageException, ValidationException, or the store's refusals. */
export async function encryptUnder(
  key: Key,
  plaintext: Buffer,
  terms: Terms,
  { keyStores, publicKeys }: EncryptPorts,
): Promise<Buffer> {
  checkTerms(key, terms);
  const { algorithm, context, deadline } = terms;
  const store = keyStores.of(key);
  if (!isOaep(algorithm)) return encryptSymmetric(key, store, plaintext, context, deadline);
  await requireProvenNow(key, store, algorithm, deadline);
  const max = maxPlaintext(key.keySpec, algorithm);
  if (plaintext.length > max) {
    throw refuse.validation(
      `Algorithm ${algorithm} and key spec ${key.keySpec} cannot encrypt data larger than ${max} bytes.`,
    );
  }
  return publicKeys.encryptOaep(currentMaterial(key), key.keySpec, algorithm, plaintext);
}

/**
 * @param blob the ciphertext as it was sent; `parsed` is its parts when it is a symmetric one.
 * @throws ServiceError InvalidCiphertextException, InvalidKeyUsageException, or the store's refusals.
 */
export async function decryptUnder(
  key: Key,
  blob: Buffer,
  parsed: ParsedCiphertext | undefined,
  terms: Terms,
  { keyStores }: Pick<EncryptPorts, 'keyStores'>,
): Promise<Buffer> {
  checkTerms(key, terms);
  const { algorithm, context, deadline } = terms;
  const store = keyStores.of(key);
  if (!isOaep(algorithm)) return decryptSymmetric(key, store, parsed, context, deadline);
  requireProven(key, algorithm);
  return requireAbility(store, 'decryptOaep', key, algorithm).decryptOaep(
    currentMaterial(key),
    key.keySpec,
    algorithm,
    blob,
    deadline,
  );
}

/** An RSA ciphertext has no place for additional data: a context would be silently unprotected. */
function refuseContext(context: EncryptionContext | undefined): void {
  if (context && Object.keys(context).length > 0) {
    throw refuse.validation(
      'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
    );
  }
}
