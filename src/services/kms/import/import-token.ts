/**
 * The import token: the secret of the wrapping key and its terms, sealed by the root key for one KMS
 * key. The secret is the private key in PKCS #8, which is stored nowhere else; for a key of a custom key
 * store it is the CKA_ID of a pair that never leaves the token.
 *
 *   offset 0, 1 octet: format version, 1;  offset 1, 8 octets: end of validity, epoch ms, big-endian
 *   offset 9, 1 octet: wrapping algorithm; offset 10, 1 octet: wrapping key spec;  then the secret
 */

import { importTokenLocation, SealError, type Sealer } from '../../../kernel/sealing.js';
import type { CalendarClock, Deadline } from '../../../kernel/time.js';

import type { Key } from '../keys/key.js';
import { refuse } from '../refusals.js';
import type { WrappingAlgorithm, WrappingKeySpec } from '../shapes.js';

const VERSION = 1;
const HEAD_BYTES = 11;

/** Their places are part of the format. */
const ALGORITHMS: readonly WrappingAlgorithm[] = [
  'RSAES_OAEP_SHA_1',
  'RSAES_OAEP_SHA_256',
  'RSA_AES_KEY_WRAP_SHA_1',
  'RSA_AES_KEY_WRAP_SHA_256',
];
const KEY_SPECS: readonly WrappingKeySpec[] = ['RSA_2048', 'RSA_3072', 'RSA_4096'];

export interface ImportTerms {
  /** Epoch milliseconds. */
  readonly validTo: number;
  readonly algorithm: WrappingAlgorithm;
  readonly wrappingKeySpec: WrappingKeySpec;
}

/** @param secret left as it is, the caller zeroes it. */
export async function sealImportToken(
  key: Key,
  terms: ImportTerms,
  secret: Buffer,
  sealer: Sealer,
  deadline: Deadline,
): Promise<Buffer> {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(VERSION, 0);
  head.writeBigUInt64BE(BigInt(terms.validTo), 1);
  head.writeUInt8(ALGORITHMS.indexOf(terms.algorithm), 9);
  head.writeUInt8(KEY_SPECS.indexOf(terms.wrappingKeySpec), 10);
  const token = Buffer.concat([head, secret]);
  try {
    return await sealer.seal(token, importTokenLocation(key), deadline);
  } finally {
    token.fill(0);
  }
}

/**
 * @throws ServiceError InvalidImportTokenException when the token is damaged or another key's,
 * ExpiredImportTokenException.
 * @returns the terms with the secret, which the caller zeroes
 */
export async function openImportToken(
  key: Key,
  sealed: Buffer,
  { sealer, calendar }: { readonly sealer: Sealer; readonly calendar: CalendarClock },
  deadline: Deadline,
): Promise<ImportTerms & { readonly secret: Buffer }> {
  const token = await sealer
    .open(sealed, importTokenLocation(key), deadline)
    .catch((error: unknown) => {
      throw error instanceof SealError ? refuse.invalidImportToken() : error;
    });
  try {
    const algorithm = ALGORITHMS[token.readUInt8(9)];
    const wrappingKeySpec = KEY_SPECS[token.readUInt8(10)];
    if (token.readUInt8(0) !== VERSION || !algorithm || !wrappingKeySpec) {
      throw refuse.invalidImportToken();
    }
    const validTo = Number(token.readBigUInt64BE(1));
    if (validTo <= calendar()) throw refuse.expiredImportToken();
    const secret = Buffer.from(token.subarray(HEAD_BYTES));
    return { validTo, algorithm, wrappingKeySpec, secret };
  } finally {
    token.fill(0);
  }
}
