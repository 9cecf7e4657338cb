/** The keys that a token is tried for, and how few have to be made for that. */
import { type KeySpec, type KeyUsage, keySpecs, specRow } from '../../crypto/algorithms.js';
import type { KeyOrder } from '../../token-host/protocol/key-order.js';
import type { MaterialSpec } from '../contract/materials.js';
import type { KeySizes } from './trial-run.js';

/** Every key there is; those last that take long to make. */
export const ALL_SPECS: readonly MaterialSpec[] = (Object.keys(keySpecs) as KeySpec[])
  .flatMap((keySpec) =>
    (Object.keys(specRow(keySpec).usages) as KeyUsage[]).map((keyUsage) => ({ keySpec, keyUsage })),
  )
  .sort((one, other) => Number(isRsa(one)) - Number(isRsa(other)));

const [SMALLEST_RSA = 'RSA_2048'] = (Object.keys(keySpecs) as KeySpec[])
  .filter((keySpec) => keySpecs[keySpec].keyType === 'rsa')
  .sort((one, other) => keySpecs[one].bytes - keySpecs[other].bytes);

const SMALLEST_RSA_BYTES = specRow(SMALLEST_RSA).bytes;

/**
 * The keys that are made as soon as one of their algorithms works; all others need every one. See
 * docs/decisions/0007-a-token-key-may-lack-an-algorithm.md.
 */
const USEFUL_IN_PART: ReadonlySet<string> = new Set(['rsa:ENCRYPT_DECRYPT', 'ed25519:SIGN_VERIFY']);

/** Whether a key of this spec is made as soon as one of its algorithms works. */
export function isUsefulInPart({ keySpec, keyUsage }: MaterialSpec): boolean {
  return USEFUL_IN_PART.has(`${specRow(keySpec).keyType}:${keyUsage}`);
}

function isRsa({ keySpec }: MaterialSpec): boolean {
  return specRow(keySpec).keyType === 'rsa';
}

/** `<KeySpec>:<KeyUsage>:<algorithm>`. */
export function capabilityName({ keySpec, keyUsage }: MaterialSpec, algorithm: string): string {
  return `${keySpec}:${keyUsage}:${algorithm}`;
}

/** Making a large RSA key takes long, and its algorithms are those of a small one. */
export function probedOrder(order: KeyOrder): KeyOrder {
  return order.keyType === 'rsa' ? { ...order, bytes: SMALLEST_RSA_BYTES } : order;
}

/** The spec of the key that is made for it, whose answers are judged by that key's size. */
export function probedSpec(spec: MaterialSpec): MaterialSpec {
  return isRsa(spec) ? { ...spec, keySpec: SMALLEST_RSA } : spec;
}

/** What tells one probe from another. */
export function nameOfProbe({ keyType, purpose, bytes, curve }: KeyOrder): string {
  return [keyType, purpose, bytes, curve].join(' ');
}

/** A token that doesn't tell its bounds is believed until it fails to make the key. */
export function fits({ keyType, bytes }: KeyOrder, bounds: KeySizes | undefined): boolean {
  if (keyType !== 'rsa' || bytes === SMALLEST_RSA_BYTES) return true;
  if (bounds === undefined || bounds[1] === 0) return true;
  return bounds[0] <= bytes * 8 && bytes * 8 <= bounds[1];
}
