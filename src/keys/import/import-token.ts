/**
 * The import token: the private half of the wrapping key and its terms, sealed by the root key for one
 * KMS key. Nothing of it is stored here.
 *
 *   offset 0, 1 octet: format version, 1;  offset 1, 8 octets: end of validity, epoch ms, big-endian
 *   offset 9, 1 octet: wrapping algorithm; offset 10, 1 octet: wrapping key spec;  then PKCS #8
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { refuse } from '../../api/refusals.js';
import type { WrappingAlgorithm, WrappingKeySpec } from '../../api/shapes.js';
import type { Deadline } from '../../keystores/key-store.js';
import { importTokenLocation, SealError, type Sealer } from '../../keystores/sealing.js';
import type { Key } from '../key.js';

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

/** @param privateKey PKCS #8 in DER; left as it is, the caller zeroes it. */
export async function sealImportToken(
  key: Key,
  terms: ImportTerms,
  privateKey: Buffer,
  sealer: Sealer,
  deadline: Deadline,
): Promise<Buffer> {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(VERSION, 0);
  head.writeBigUInt64BE(BigInt(terms.validTo), 1);
  head.writeUInt8(ALGORITHMS.indexOf(terms.algorithm), 9);
  head.writeUInt8(KEY_SPECS.indexOf(terms.wrappingKeySpec), 10);
  const token = Buffer.concat([head, privateKey]);
  try {
    return await sealer.seal(token, importTokenLocation(key), deadline);
  } finally {
    token.fill(0);
  }
}

/**
 * @throws KmsError InvalidImportTokenException when the token is damaged or another key's,
 * ExpiredImportTokenException.
 */
export async function openImportToken(
  key: Key,
  sealed: Buffer,
  { sealer, now }: { readonly sealer: Sealer; readonly now: () => number },
  deadline: Deadline,
): Promise<ImportTerms & { readonly wrappingKey: KeyObject }> {
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
    if (validTo <= now()) throw refuse.expiredImportToken();
    const der = token.subarray(HEAD_BYTES);
    const wrappingKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return { validTo, algorithm, wrappingKeySpec, wrappingKey };
  } finally {
    token.fill(0);
  }
}
