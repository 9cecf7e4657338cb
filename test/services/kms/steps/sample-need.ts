import type { ResolvedKey } from '../../../../src/services/kms/call.js';
import {
  encodeCiphertext,
  encodeHeader,
  parseCiphertext,
} from '../../../../src/services/kms/cryptography/ciphertext.js';
import { KEY_ID, MATERIAL_ID, SCOPE, sampleKey } from '../../../support/sample-key.js';

/** A symmetric ciphertext under the key of this id, which opens nothing. */
export function ciphertextUnder(keyId: string): Buffer {
  const header = encodeHeader({ kind: 'software', keyId, materialId: MATERIAL_ID });
  const parts = { nonce: Buffer.alloc(16), tag: Buffer.alloc(16), ciphertext: Buffer.alloc(1) };
  return encodeCiphertext(header, parts);
}

/** Its parts. */
export function parsedCiphertext(keyId: string = KEY_ID) {
  return parseCiphertext(ciphertextUnder(keyId));
}

/** A key that a call named and that was found in the caller's account, changed as a test wants it. */
export function resolvedKey(changed: Partial<ResolvedKey> = {}): ResolvedKey {
  return {
    need: {
      role: 'key',
      action: 'kms:Decrypt',
      idForms: 'any',
      member: 'KeyId',
      usage: 'ENCRYPT_DECRYPT',
      state: 'cryptography',
    },
    key: sampleKey(),
    blob: undefined,
    ciphertext: undefined,
    planned: false,
    foundBy: 'name',
    accountId: SCOPE.accountId,
    absence: undefined,
    aliasName: undefined,
    keyId: KEY_ID,
    ...changed,
  };
}
