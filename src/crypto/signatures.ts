/**
 * Making and checking signatures in software, synchronously: one row a scheme. node:crypto does what
 * it can; @noble does ECDSA over a digest, Ed25519ph, ML-DSA over μ, and all of ML-DSA where the running
 * Node lacks it.
 */

import {
  constants,
  sign as cryptoSign,
  verify as cryptoVerify,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
} from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import {
  type KeySpec,
  type MessageType,
  type SignatureScheme,
  type SigningAlgorithm,
  signingRow,
  specRow,
} from './algorithms.js';
import { digestInfo } from './digest-info.js';
import { encodePss, verifyPss } from './emsa-pss.js';
import { jwkOctets, uncompressedPoint } from './jwk.js';
import { mlDsa } from './lattices.js';
import { expandedOctets, publicOctets } from './open-keys.js';
import { curveOf } from './spec-curve.js';

export interface SignatureTask {
  readonly keySpec: KeySpec;
  readonly algorithm: SigningAlgorithm;
  readonly messageType: MessageType;
  readonly message: Buffer;
}

/** Keys are as open-keys.ts opens them. */
export type SignTask = SignatureTask & { readonly key: KeyObject };
export type VerifyTask = SignatureTask & {
  readonly publicKey: KeyObject;
  readonly signature: Buffer;
};

interface SchemeRow {
  sign(task: SignTask): Uint8Array;
  /** May throw for a malformed signature: that is a mismatch. */
  verify(task: VerifyTask): boolean;
}

const { RSA_PKCS1_PADDING, RSA_NO_PADDING, RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST } =
  constants;
/** ECDSA as KMS makes and takes it: any s, in DER, over the very digest it is given. */
const OVER_DIGEST = { prehash: false, lowS: false, format: 'der' } as const;

/** Fresh entropy in the nonce, beside RFC 6979's: a fault during one of two equal signatures shows nothing. */
const HEDGED = { extraEntropy: true } as const;

const schemes: Readonly<Record<SignatureScheme, SchemeRow>> = {
  pkcs1: {
    sign: (task) =>
      isDigest(task)
        ? privateEncrypt(
            { key: task.key, padding: RSA_PKCS1_PADDING },
            digestInfo(hashOf(task), task.message),
          )
        : cryptoSign(hashOf(task), task.message, task.key),
    verify: (task) =>
      isDigest(task)
        ? publicDecrypt({ key: task.publicKey, padding: RSA_PKCS1_PADDING }, task.signature).equals(
            digestInfo(hashOf(task), task.message),
          )
        : cryptoVerify(hashOf(task), task.message, task.publicKey, task.signature),
  },
  pss: {
    sign: (task) =>
      isDigest(task)
        ? privateEncrypt(
            { key: task.key, padding: RSA_NO_PADDING },
            encodePss(task.message, hashOf(task), specRow(task.keySpec).bytes),
          )
        : cryptoSign(hashOf(task), task.message, { key: task.key, ...PSS }),
    verify: (task) =>
      isDigest(task)
        ? verifyPss(
            publicDecrypt({ key: task.publicKey, padding: RSA_NO_PADDING }, task.signature),
            task.message,
            hashOf(task),
          )
        : cryptoVerify(hashOf(task), task.message, { key: task.publicKey, ...PSS }, task.signature),
  },
  ecdsa: {
    sign: (task) =>
      isDigest(task)
        ? curveOf(task.keySpec).sign(task.message, jwkOctets(task.key, 'd'), {
            ...OVER_DIGEST,
            ...HEDGED,
          })
        : cryptoSign(hashOf(task), task.message, { key: task.key, dsaEncoding: 'der' }),
    verify: (task) =>
      isDigest(task)
        ? curveOf(task.keySpec).verify(
            task.signature,
            task.message,
            uncompressedPoint(task.publicKey),
            OVER_DIGEST,
          )
        : cryptoVerify(
            hashOf(task),
            task.message,
            { key: task.publicKey, dsaEncoding: 'der' },
            task.signature,
          ),
  },
  ed25519: {
    sign: (task) => cryptoSign(null, task.message, task.key),
    verify: (task) => cryptoVerify(null, task.message, task.publicKey, task.signature),
  },
  ed25519ph: {
    sign: (task) => ed25519ph.sign(task.message, jwkOctets(task.key, 'd')),
    verify: (task) =>
      ed25519ph.verify(task.signature, task.message, jwkOctets(task.publicKey, 'x'), {
        zip215: false,
      }),
  },
  'ml-dsa': {
    sign: (task) => {
      const { keySpec, message, key } = task;
      if (key.type === 'private' && !isExternalMu(task)) return cryptoSign(null, message, key);
      const secretKey = expandedOctets(keySpec, key);
      try {
        return isExternalMu(task)
          ? mlDsa(keySpec).internal.sign(message, secretKey, { externalMu: true })
          : mlDsa(keySpec).sign(message, secretKey);
      } finally {
        secretKey.fill(0);
      }
    },
    verify: (task) => {
      const { keySpec, message, signature, publicKey } = task;
      if (publicKey.type === 'public' && !isExternalMu(task)) {
        return cryptoVerify(null, message, publicKey, signature);
      }
      const octets = publicOctets(keySpec, publicKey);
      return isExternalMu(task)
        ? mlDsa(keySpec).internal.verify(signature, message, octets, { externalMu: true })
        : mlDsa(keySpec).verify(signature, message, octets);
    },
  },
};

const PSS = { padding: RSA_PKCS1_PSS_PADDING, saltLength: RSA_PSS_SALTLEN_DIGEST } as const;

/** A signature as KMS answers it: DER for ECDSA, else raw (shared reference, crypto.md §5). */
export function makeSignature(task: SignTask): Buffer {
  return Buffer.from(schemes[signingRow(task.algorithm).scheme].sign(task));
}

/** Whether the signature is right; a malformed one is not. */
export function checkSignature(task: VerifyTask): boolean {
  if (!hasRightLength(task)) return false;
  try {
    return schemes[signingRow(task.algorithm).scheme].verify(task);
  } catch {
    // The libraries throw for signatures of a wrong length or form. Every such one is a mismatch.
    return false;
  }
}

/**
 * An RSA signature is as long as the modulus (RFC 8017 §8.1.2, §8.2.2). Opening one, OpenSSL would
 * supply the leading zeros of a shorter one: a second signature of the same message.
 */
function hasRightLength({ keySpec, signature }: VerifyTask): boolean {
  const { keyType, bytes } = specRow(keySpec);
  return keyType !== 'rsa' || signature.length === bytes;
}

function isDigest(task: SignatureTask): boolean {
  return task.messageType === 'DIGEST';
}

function isExternalMu(task: SignatureTask): boolean {
  return task.messageType === 'EXTERNAL_MU';
}

function hashOf(task: SignatureTask) {
  const { hash } = signingRow(task.algorithm);
  if (!hash) throw new Error(`${task.algorithm} has no hash`);
  return hash;
}
