/** What a key spec and usage are to a token. */

import { type KeyUsage, specRow } from '../../crypto/algorithms.js';
import {
  isTokenKeyType,
  type KeyOrder,
  type KeyPurpose,
} from '../../token-host/protocol/key-order.js';
import type { MaterialSpec } from '../contract/materials.js';

const PURPOSES: Readonly<Record<KeyUsage, KeyPurpose>> = {
  ENCRYPT_DECRYPT: 'encrypt',
  SIGN_VERIFY: 'sign',
  GENERATE_VERIFY_MAC: 'mac',
  KEY_AGREEMENT: 'derive',
};

/** Undefined for a key that no PKCS#11 token can be asked for. */
export function keyOrder({ keySpec, keyUsage }: MaterialSpec): KeyOrder | undefined {
  const { keyType, bytes, curve } = specRow(keySpec);
  if (!isTokenKeyType(keyType)) return undefined;
  return { keyType, purpose: PURPOSES[keyUsage], bytes, ...(curve && { curve }) };
}
