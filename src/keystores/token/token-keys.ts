/** What a key spec and usage are to a token. */

import { type KeyUsage, specRow } from '../../crypto/algorithms.js';
import {
  isTokenKeyType,
  type KeyOrder,
  type KeyPurpose,
} from '../../token-host/protocol/key-order.js';
import type { MaterialSpec } from '../contract/materials.js';

/** A usage that is not here has no mechanism that the PKCS#11 library used here can call. */
const PURPOSES: Readonly<Partial<Record<KeyUsage, KeyPurpose>>> = {
  ENCRYPT_DECRYPT: 'encrypt',
  SIGN_VERIFY: 'sign',
  GENERATE_VERIFY_MAC: 'mac',
  KEY_AGREEMENT: 'derive',
};

/** Undefined for a key that no PKCS#11 token can be asked for. */
export function keyOrder({ keySpec, keyUsage }: MaterialSpec): KeyOrder | undefined {
  const { keyType, bytes, curve } = specRow(keySpec);
  const purpose = PURPOSES[keyUsage];
  if (!isTokenKeyType(keyType) || !purpose) return undefined;
  return { keyType, purpose, bytes, ...(curve && { curve }) };
}
