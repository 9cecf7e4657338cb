/** ML-DSA by liboqs, the C implementation of Open Quantum Safe, compiled to WebAssembly. */

import { createHash } from 'node:crypto';
import { createMLDSA44, createMLDSA65, createMLDSA87 } from '@oqs/liboqs-js';
import type { KeySpec } from '../../../src/crypto/algorithms.js';

/** Octets of a public key and of a signature (FIPS 204, table 2). */
export const mlDsaSizes = {
  ML_DSA_44: { create: createMLDSA44, publicKey: 1312, signature: 2420 },
  ML_DSA_65: { create: createMLDSA65, publicKey: 1952, signature: 3309 },
  ML_DSA_87: { create: createMLDSA87, publicKey: 2592, signature: 4627 },
} as const;

type MlDsaSpec = keyof typeof mlDsaSizes;

function row(keySpec: KeySpec) {
  if (!(keySpec in mlDsaSizes)) throw new Error(`${keySpec} is no ML-DSA spec`);
  return mlDsaSizes[keySpec as MlDsaSpec];
}

/** The raw key: what follows the DER head of a SubjectPublicKeyInfo. */
export function rawMlDsaKey(keySpec: KeySpec, spki: Buffer): Buffer {
  return spki.subarray(-row(keySpec).publicKey);
}

export async function acceptsMlDsa(
  keySpec: KeySpec,
  spki: Buffer,
  message: Buffer,
  signature: Buffer,
): Promise<boolean> {
  const scheme = await row(keySpec).create();
  try {
    // liboqs takes no Buffers.
    return scheme.verify(plain(message), plain(signature), plain(rawMlDsaKey(keySpec, spki)));
  } finally {
    scheme.destroy();
  }
}

/** A key pair of liboqs, and its signature of a message. */
export async function signedByLiboqs(keySpec: KeySpec, message: Buffer) {
  const scheme = await row(keySpec).create();
  try {
    const { publicKey, secretKey } = scheme.generateKeyPair();
    return {
      publicKey: Buffer.from(publicKey),
      signature: Buffer.from(scheme.sign(plain(message), secretKey)),
    };
  } finally {
    scheme.destroy();
  }
}

/** μ of a message without a context (FIPS 204, algorithms 2 and 7). */
export function externalMu(rawPublicKey: Buffer, message: Buffer): Buffer {
  const shake256 = (octets: Buffer) =>
    createHash('shake256', { outputLength: 64 }).update(octets).digest();
  const noContext = Buffer.from([0, 0]);
  return shake256(Buffer.concat([shake256(rawPublicKey), noContext, message]));
}

function plain(octets: Buffer): Uint8Array {
  return Uint8Array.from(octets);
}
