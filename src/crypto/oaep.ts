import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';
import { type OaepAlgorithm, oaepHashes } from './algorithms.js';

export interface OaepTask {
  readonly algorithm: OaepAlgorithm;
  readonly key: KeyObject;
  readonly ciphertext: Buffer;
}

/** RSAES-OAEP-ENCRYPT with an empty label and MGF1 of the same hash (RFC 8017 §7.1.1). */
export function sealOaep(
  algorithm: OaepAlgorithm,
  publicKey: KeyObject,
  plaintext: Buffer,
): Buffer {
  return publicEncrypt({ key: publicKey, ...padding(algorithm) }, plaintext);
}

/** RSAES-OAEP-DECRYPT (RFC 8017 §7.1.2); undefined for what wasn't encrypted so. */
export function openOaep({ algorithm, key, ciphertext }: OaepTask): Buffer | undefined {
  try {
    return privateDecrypt({ key, ...padding(algorithm) }, ciphertext);
  } catch {
    // OpenSSL has one answer for every ciphertext that doesn't open, and so has KMS.
    return undefined;
  }
}

function padding(algorithm: OaepAlgorithm) {
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: oaepHashes[algorithm].hash };
}
