/** That a key of the token works, and that its public half belongs to it. */
import {
  constants,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import {
  type Algorithm,
  type MacAlgorithm,
  macHashes,
  type OaepAlgorithm,
  oaepHashes,
  type SigningAlgorithm,
  signingAlgorithms,
  signingRow,
  specRow,
} from '../../crypto/algorithms.js';
import { openPublicKey } from '../../crypto/open-keys.js';
import { checkSignature } from '../../crypto/signatures.js';
import type { Deadline } from '../../kernel/time.js';
import type { KeyMaterial } from '../contract/material.js';
import type { MaterialSpec } from '../contract/materials.js';
import { StoreError, unsupported } from '../contract/store-error.js';
import type { TokenKeyStore } from './token-key-store.js';

const MESSAGE_BYTES = 32;

/** @throws StoreError unsupported when the key, or its public half, is not what it seems to be */
export async function tryKey(
  keyStore: TokenKeyStore,
  material: KeyMaterial,
  { keySpec, keyUsage }: MaterialSpec,
  algorithms: readonly Algorithm[],
  deadline: Deadline,
): Promise<void> {
  const algorithm = algorithms.find(
    (each) => !isSigning(each) || 'RAW' in signingRow(each).messages,
  );
  if (algorithm === undefined) {
    throw unsupported(`The token has no algorithm for keys of ${keySpec} for ${keyUsage}.`);
  }
  const trial = { keyStore, material, keySpec, deadline, message: randomBytes(MESSAGE_BYTES) };
  try {
    if (await works(trial, algorithm)) return;
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== 'invalid-ciphertext') throw error;
  }
  throw unsupported(
    material.publicKey
      ? 'The public key in the token does not belong to the private key.'
      : 'The key does not do what keys of its type do.',
  );
}

interface Trial {
  readonly keyStore: TokenKeyStore;
  readonly material: KeyMaterial;
  readonly keySpec: MaterialSpec['keySpec'];
  readonly deadline: Deadline;
  readonly message: Buffer;
}

function works(trial: Trial, algorithm: Algorithm): Promise<boolean> {
  if (isSigning(algorithm)) return signs(trial, algorithm);
  if (algorithm in macHashes) return macs(trial, algorithm as MacAlgorithm);
  if (algorithm in oaepHashes) return opens(trial, algorithm as OaepAlgorithm);
  return algorithm === 'ECDH' ? agrees(trial) : encrypts(trial);
}

function isSigning(algorithm: Algorithm): algorithm is SigningAlgorithm {
  return algorithm in signingAlgorithms;
}

async function encrypts({ keyStore, material, deadline, message }: Trial): Promise<boolean> {
  const aad = randomBytes(MESSAGE_BYTES);
  const parts = await keyStore.encrypt(material, message, aad, deadline);
  return message.equals(await keyStore.decrypt(material, parts, aad, deadline));
}

/** The value of a MAC can't be told without the secret; that it is one and the same can. */
async function macs(trial: Trial, algorithm: MacAlgorithm): Promise<boolean> {
  const { keyStore, material, keySpec, deadline, message } = trial;
  const first = await keyStore.mac(material, algorithm, message, deadline);
  const second = await keyStore.mac(material, algorithm, message, deadline);
  return first.length === specRow(keySpec).bytes && first.equals(second);
}

async function signs(trial: Trial, algorithm: SigningAlgorithm): Promise<boolean> {
  const { keyStore, material, keySpec, deadline, message } = trial;
  const request = { keySpec, algorithm, messageType: 'RAW', message } as const;
  const signature = await keyStore.sign(material, request, deadline);
  const publicKey = openPublicKey(keySpec, publicHalf(material));
  return checkSignature({ ...request, publicKey, signature });
}

async function opens(trial: Trial, algorithm: OaepAlgorithm): Promise<boolean> {
  const { keyStore, material, keySpec, deadline, message } = trial;
  const ciphertext = publicEncrypt(
    {
      key: publicKeyOf(material),
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: oaepHashes[algorithm].hash,
    },
    message,
  );
  const opened = await keyStore.decryptOaep(material, keySpec, algorithm, ciphertext, deadline);
  return message.equals(opened);
}

async function agrees({ keyStore, material, keySpec, deadline }: Trial): Promise<boolean> {
  const namedCurve = specRow(keySpec).curve ?? '';
  const peer = generateKeyPairSync('ec', { namedCurve });
  const ours = diffieHellman({ privateKey: peer.privateKey, publicKey: publicKeyOf(material) });
  return ours.equals(await keyStore.agree(material, keySpec, peer.publicKey, deadline));
}

function publicKeyOf(material: KeyMaterial): KeyObject {
  return createPublicKey({ key: publicHalf(material), format: 'der', type: 'spki' });
}

function publicHalf({ publicKey }: KeyMaterial): Buffer {
  if (!publicKey) throw new Error('the material has no public key');
  return publicKey;
}
