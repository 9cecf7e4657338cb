/** What GenerateMac and VerifyMac share. */

import type { MacAlgorithm } from '../../../crypto/algorithms.js';
import { currentMaterial } from '../keys/key.js';
import type { Call } from '../operation.js';
import type { KeyStores } from '../stores/key-stores.js';
import { requireAbility } from '../stores/require-ability.js';
import { requireProven } from './proven-algorithm.js';
import { requireAlgorithm } from './require-algorithm.js';

interface MacInput {
  readonly Message: Buffer;
  readonly MacAlgorithm: MacAlgorithm;
}

/** @throws ServiceError InvalidKeyUsageException for another spec's algorithm. */
export function computeMac(
  { input, keys: { key }, deadline }: Call<MacInput, 'key'>,
  { keyStores }: { readonly keyStores: KeyStores },
): Promise<Buffer> {
  requireAlgorithm(key, input.MacAlgorithm);
  requireProven(key, input.MacAlgorithm);
  const store = requireAbility(keyStores.of(key), 'mac', key, input.MacAlgorithm);
  return store.mac(currentMaterial(key), input.MacAlgorithm, input.Message, deadline);
}
