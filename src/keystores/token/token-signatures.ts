/** What a token is given to sign, and what becomes of its answer. One row a scheme. */

import { createHash } from 'node:crypto';
import { type HashName, type KeySpec, signingRow } from '../../crypto/algorithms.js';
import { digestInfo } from '../../crypto/digest-info.js';
import { curveOf } from '../../crypto/spec-curve.js';
import type { SignInput } from '../../token-host/protocol/key-use.js';
import type { TokenScheme } from '../../token-host/protocol/token-scheme.js';
import type { SignRequest } from '../contract/abilities.js';

interface SchemeRow {
  readonly input: (request: SignRequest, hash: HashName | undefined) => Buffer;
  /** The token's signature in KMS's form. Undefined: it is in that form. */
  readonly output?: (keySpec: KeySpec, raw: Buffer) => Buffer;
}

const SCHEMES: Readonly<Record<TokenScheme, SchemeRow>> = {
  pkcs1: {
    input: (request, hash) => digestInfo(needed(hash), digestOf(request, needed(hash))),
  },
  pss: { input: (request, hash) => digestOf(request, needed(hash)) },
  ecdsa: { input: (request, hash) => digestOf(request, needed(hash)), output: derOf },
  // They hash by themselves: what is signed is the message, or for Ed25519ph the caller's digest.
  ed25519: { input: ({ message }) => message },
  ed25519ph: { input: ({ message }) => message },
  'ml-dsa': { input: ({ message }) => message },
};

/**
 * Undefined for what PKCS#11 has no mechanism for: ML-DSA over μ, which v3.2 as published doesn't have and
 * from which no message can be had that CKM_ML_DSA would take.
 */
export function tokenSignInput(request: SignRequest): SignInput | undefined {
  if (request.messageType === 'EXTERNAL_MU') return undefined;
  const { scheme, hash } = signingRow(request.algorithm);
  return { scheme, hash, input: SCHEMES[scheme].input(request, hash) };
}

/** @throws Error for octets that are no signature of the scheme. */
export function signatureOf({ algorithm, keySpec }: SignRequest, raw: Buffer): Buffer {
  const { output } = SCHEMES[signingRow(algorithm).scheme];
  return output ? output(keySpec, raw) : raw;
}

function digestOf({ messageType, message }: SignRequest, hash: HashName): Buffer {
  return messageType === 'DIGEST' ? message : createHash(hash).update(message).digest();
}

/** Ecdsa-Sig-Value (RFC 3279 §2.2.3) of PKCS#11's r‖s. */
function derOf(keySpec: KeySpec, raw: Buffer): Buffer {
  return Buffer.from(curveOf(keySpec).Signature.fromBytes(raw, 'compact').toBytes('der'));
}

function needed(hash: HashName | undefined): HashName {
  if (!hash) throw new Error('the signature scheme needs a hash');
  return hash;
}
