/** From the encrypted octets of ImportKeyMaterial to material where the key belongs. */

import { createPrivateKey } from 'node:crypto';
import { oaepHashes } from '../../../crypto/algorithms.js';
import type { Sealer } from '../../../kernel/sealing.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';
import type { KeyMaterial } from '../../../keystores/contract/material.js';
import type { Key } from '../keys/key.js';
import { refuse } from '../refusals.js';
import type { KeyStores } from '../stores/key-stores.js';
import { openImportToken } from './import-token.js';
import { readPlainMaterial } from './plain-material.js';
import { requireWrapping, unwrap } from './wrapping.js';

export interface ArrivalPorts {
  readonly keyStores: KeyStores;
  readonly sealer: Sealer;
  readonly calendar: CalendarClock;
}

/**
 * Unwraps inside this process, or inside the token for a key of a custom key store.
 * @throws ServiceError InvalidImportTokenException, ExpiredImportTokenException,
 * InvalidCiphertextException; StoreError invalid-ciphertext, unfit-material
 */
export async function arrivedMaterial(
  key: Key,
  importToken: Buffer,
  encrypted: Buffer,
  deadline: Deadline,
  { keyStores, sealer, calendar }: ArrivalPorts,
): Promise<KeyMaterial> {
  const terms = await openImportToken(key, importToken, { sealer, calendar }, deadline);
  const { secret } = terms;
  const wrapping = requireWrapping(key.keySpec, terms.algorithm, terms.wrappingKeySpec);
  const inToken = keyStores.tokenMaterialsOf(key);
  if (inToken) {
    const { hash } = oaepHashes[wrapping.oaep];
    const order = { wrapping: secret.toString('ascii'), hash, wrapped: encrypted };
    return inToken.unwrap(key, key, order, [...key.materials.values()], deadline);
  }
  const wrappingKey = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
  secret.fill(0);
  const plain = unwrap(wrapping, wrappingKey, encrypted);
  if (!plain) throw refuse.invalidCiphertext();
  const material = readPlainMaterial(key.keySpec, plain);
  plain.fill(0);
  return keyStores.softwareMaterials
    .take(key, material, deadline)
    .finally(() => material.octets.fill(0));
}
