/** What a key spec and usage are to a token. */

import { type Family, type KeyUsage, specRow } from '../../crypto/algorithms.js';

import type { KeyOrder, KeyPurpose, TokenFamily } from '../../token-host/protocol/key-order.js';
import type { MaterialSpec } from '../contract/materials.js';

const PURPOSES: Readonly<Record<KeyUsage, KeyPurpose>> = {
  ENCRYPT_DECRYPT: 'encrypt',
  SIGN_VERIFY: 'sign',
  GENERATE_VERIFY_MAC: 'mac',
  KEY_AGREEMENT: 'derive',
};

/** PKCS#11 v2.40 and v3.0 have no mechanism for the others. */
const FAMILIES: Readonly<Partial<Record<Family, TokenFamily>>> = {
  aes: 'aes',
  hmac: 'hmac',
  rsa: 'rsa',
  ec: 'ec',
  ed25519: 'ed25519',
};

/** Undefined for a key that no PKCS#11 token can be asked for. */
export function keyOrder({ keySpec, keyUsage }: MaterialSpec): KeyOrder | undefined {
  const { family: name, bytes, curve } = specRow(keySpec);
  const family = FAMILIES[name];
  if (family === undefined) return undefined;
  return { family, purpose: PURPOSES[keyUsage], bytes, ...(curve && { curve }) };
}
