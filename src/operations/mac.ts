/** What GenerateMac and VerifyMac share. */
import type { Call } from '../api/operation.js';
import type { MacAlgorithm } from '../api/shapes.js';
import { requireAlgorithm } from '../keys/algorithms.js';
import { currentMaterial } from '../keys/key.js';
import { requireCapability } from '../keystores/capability.js';
import type { Services } from './services.js';

interface MacInput {
  readonly Message: Buffer;
  readonly MacAlgorithm: MacAlgorithm;
}

/** @throws KmsError InvalidKeyUsageException for another spec's algorithm. */
export function computeMac(
  { input, keys: { key }, deadline }: Call<MacInput, 'key'>,
  { keyStores }: Services,
): Promise<Buffer> {
  requireAlgorithm(key, input.MacAlgorithm);
  const store = requireCapability(keyStores.of(key), 'mac', key, input.MacAlgorithm);
  return store.mac(currentMaterial(key), input.MacAlgorithm, input.Message, deadline);
}
