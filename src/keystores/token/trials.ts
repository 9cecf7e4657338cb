/**
 * Known-answer trials: for every algorithm what a token is to do, and how an independent
 * implementation judges its answer. A mechanism list says what a token claims; this, what it does.
 */

import {
  createDecipheriv,
  createHmac,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
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
import type { ProbeTask } from '../../token-host/protocol/probe.js';

import type { SignRequest } from '../contract/abilities.js';
import type { MaterialSpec } from '../contract/materials.js';
import { signatureOf, tokenSignInput } from './token-signatures.js';

/** The key that a trial was made with. */
export interface TrialKey {
  /** Of a pair. */
  readonly publicKey: KeyObject | undefined;
  /** A secret key's value, when the token took it over. */
  readonly secret: Buffer | undefined;
}

export interface Trial {
  readonly task: ProbeTask;
  /** Whether the answer is right; may throw for one that makes no sense. */
  readonly isRight: (answer: unknown, key: TrialKey) => boolean;
}

const MESSAGE_BYTES = 64;
const CIPHER = 'aes-256-gcm';

/** The trial of one algorithm of a key. Undefined where PKCS#11 has nothing to try. */
export function trialOf(spec: MaterialSpec, algorithm: string): Trial | undefined {
  if (algorithm === 'SYMMETRIC_DEFAULT') return aesGcm();
  if (algorithm === 'ECDH') return keyAgreement(spec);
  if (isKeyOf(macHashes, algorithm)) return hmac(macHashes[algorithm]);
  if (isKeyOf(oaepHashes, algorithm)) return oaep(oaepHashes[algorithm].hash);
  if (isKeyOf(signingAlgorithms, algorithm)) return signature(spec, algorithm);
  return undefined;
}

function aesGcm(): Trial {
  const plaintext = randomBytes(MESSAGE_BYTES);
  const aad = randomBytes(MESSAGE_BYTES);
  return {
    task: ['encrypt', [plaintext, aad]],
    isRight: (answer, { secret }) => {
      const [iv, ciphertext, tag, opened, refuses] = answer as [...Buffer[], boolean] as [
        Buffer,
        Buffer,
        Buffer,
        Buffer,
        boolean,
      ];
      if (!opened.equals(plaintext) || !refuses || ciphertext.equals(plaintext)) return false;
      if (secret === undefined) return true;
      const decipher = createDecipheriv(CIPHER, secret, iv);
      decipher.setAAD(aad);
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]).equals(plaintext);
    },
  };
}

function hmac(hash: (typeof macHashes)[keyof typeof macHashes]): Trial {
  const message = randomBytes(MESSAGE_BYTES);
  const another = randomBytes(MESSAGE_BYTES);
  return {
    task: ['mac', [hash, message, another]],
    isRight: (answer, { secret }) => {
      const [first, again, other] = answer as [Buffer, Buffer, Buffer];
      // Of a key whose value nobody knows: a function of the message, of the right length.
      const model = createHmac(hash, secret ?? Buffer.alloc(1))
        .update(message)
        .digest();
      if (first.length !== model.length || !first.equals(again) || first.equals(other)) {
        return false;
      }
      return secret === undefined || first.equals(model);
    },
  };
}

function oaep(hash: (typeof oaepHashes)[keyof typeof oaepHashes]['hash']): Trial {
  const plaintext = randomBytes(MESSAGE_BYTES);
  return {
    task: ['decryptOaep', [hash, plaintext]],
    isRight: (answer) => plaintext.equals(answer as Buffer),
  };
}

function keyAgreement({ keySpec }: MaterialSpec): Trial | undefined {
  const { curve, bytes } = specRow(keySpec);
  if (!curve) return undefined;
  const peer = generateKeyPairSync('ec', { namedCurve: curve });
  return {
    task: ['derive', [uncompressedPoint(peer.publicKey), bytes]],
    isRight: (answer, { publicKey }) =>
      publicKey !== undefined &&
      diffieHellman({ privateKey: peer.privateKey, publicKey }).equals(answer as Buffer),
  };
}

function signature({ keySpec }: MaterialSpec, algorithm: SigningAlgorithm): Trial | undefined {
  const messageType = 'RAW' in signingRow(algorithm).messages ? 'RAW' : 'DIGEST';
  const message = randomBytes(MESSAGE_BYTES);
  const request: SignRequest = { keySpec, algorithm, messageType, message };
  const input = tokenSignInput(request);
  if (input === undefined) return undefined;
  return {
    task: ['sign', [input.scheme, input.hash ?? null, input.input]],
    isRight: (answer, { publicKey }) =>
      publicKey !== undefined &&
      checkSignature({ ...request, publicKey, signature: signatureOf(request, answer as Buffer) }),
  };
}

function isKeyOf<Table extends object>(table: Table, name: string): name is keyof Table & string {
  return Object.hasOwn(table, name);
}
