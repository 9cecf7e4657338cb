/**
 * Known-answer trials: for every algorithm what a token is asked to do, by the calls that serve, and how
 * an independent implementation judges its answer. A mechanism list says what a token claims; this, what
 * it does.
 */

import {
  createHmac,
  diffieHellman,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import {
  macHashes,
  oaepHashes,
  type SigningAlgorithm,
  signingAlgorithms,
  signingRow,
  specRow,
} from '../../crypto/algorithms.js';
import { uncompressedPoint } from '../../crypto/jwk.js';
import { checkSignature } from '../../crypto/signatures.js';
import { tryAesGcm } from '../../token-host/client/aes-gcm-trial.js';
import type { TriedKey } from '../../token-host/client/tried-key.js';
import { TokenError } from '../../token-host/protocol/token-error.js';
import type { SignRequest } from '../contract/abilities.js';
import type { MaterialSpec } from '../contract/materials.js';
import { signatureOf, tokenSignInput } from './token-signatures.js';

/**
 * Tries one algorithm with a key. Answers what is wrong, in a few words; undefined when nothing is.
 * Rejects with TokenError or TokenHostError of a call that failed, or with whatever a judge throws at an
 * answer without sense.
 */
export type Trial = (key: TriedKey) => Promise<string | undefined>;

const MESSAGE_BYTES = 64;
const WRONG = 'a wrong answer';

/** The trial of one algorithm of a key. Undefined where PKCS#11 has nothing to try. */
export function trialOf(spec: MaterialSpec, algorithm: string): Trial | undefined {
  if (algorithm === 'SYMMETRIC_DEFAULT') return tryAesGcm;
  if (algorithm === 'ECDH') return keyAgreement(spec);
  if (isKeyOf(macHashes, algorithm)) return hmac(macHashes[algorithm]);
  if (isKeyOf(oaepHashes, algorithm)) return oaep(oaepHashes[algorithm].hash);
  if (isKeyOf(signingAlgorithms, algorithm)) return signature(spec, algorithm);
  return undefined;
}

function hmac(hash: (typeof macHashes)[keyof typeof macHashes]): Trial {
  return async ({ call, secret }) => {
    const message = randomBytes(MESSAGE_BYTES);
    const first = await call('mac', { hash, message });
    const again = await call('mac', { hash, message });
    const other = await call('mac', { hash, message: randomBytes(MESSAGE_BYTES) });
    // Of a key whose value nobody knows: a function of the message, of the right length.
    const model = createHmac(hash, secret ?? Buffer.alloc(1))
      .update(message)
      .digest();
    const plausible = first.length === model.length && first.equals(again) && !first.equals(other);
    return plausible && (secret === undefined || first.equals(model)) ? undefined : WRONG;
  };
}

function oaep(hash: (typeof oaepHashes)[keyof typeof oaepHashes]['hash']): Trial {
  return async ({ call, publicKey }) => {
    const plaintext = randomBytes(MESSAGE_BYTES);
    if (publicKey === undefined) return WRONG;
    const ciphertext = publicEncrypt({ key: publicKey, oaepHash: hash }, plaintext);
    try {
      return plaintext.equals(await call('decryptOaep', { hash, ciphertext })) ? undefined : WRONG;
    } catch (error) {
      if (error instanceof TokenError && error.action === 'caller') {
        return `it takes a ciphertext for invalid (${error.code})`;
      }
      throw error;
    }
  };
}

function keyAgreement({ keySpec }: MaterialSpec): Trial | undefined {
  const { curve, bytes } = specRow(keySpec);
  if (!curve) return undefined;
  return async ({ call, publicKey }) => {
    const peer = generateKeyPairSync('ec', { namedCurve: curve });
    const secret = await call('derive', { point: uncompressedPoint(peer.publicKey), bytes });
    const isRight =
      publicKey !== undefined &&
      diffieHellman({ privateKey: peer.privateKey, publicKey }).equals(secret);
    return isRight ? undefined : WRONG;
  };
}

function signature({ keySpec }: MaterialSpec, algorithm: SigningAlgorithm): Trial | undefined {
  const messageType = 'RAW' in signingRow(algorithm).messages ? 'RAW' : 'DIGEST';
  const message = randomBytes(MESSAGE_BYTES);
  const request: SignRequest = { keySpec, algorithm, messageType, message };
  const input = tokenSignInput(request);
  if (input === undefined) return undefined;
  return async ({ call, publicKey }) => {
    const raw = await call('sign', input);
    const isRight =
      publicKey !== undefined &&
      checkSignature({ ...request, publicKey, signature: signatureOf(request, raw) });
    return isRight ? undefined : WRONG;
  };
}

function isKeyOf<Table extends object>(table: Table, name: string): name is keyof Table & string {
  return Object.hasOwn(table, name);
}
