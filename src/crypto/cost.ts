import type { KeyObject } from 'node:crypto';
import { type KeySpec, signingRow, specRow } from './algorithms.js';
import type { SignatureTask } from './signatures.js';

/** Longest RSA modulus and EC coordinate, in octets, whose private operation stays below 1 ms. */
const LIGHT_RSA_BYTES = 256;
const LIGHT_EC_BYTES = 48;

/** Whether a signature takes more than about 1 ms of CPU and so belongs into a worker thread. */
export function isHeavySignature({ keySpec, algorithm, messageType }: SignatureTask): boolean {
  switch (signingRow(algorithm).scheme) {
    case 'pkcs1':
    case 'pss':
      return isHeavyRsa(keySpec);
    case 'ecdsa':
      return messageType === 'DIGEST' || specRow(keySpec).bytes > LIGHT_EC_BYTES;
    case 'ed25519':
      return false;
    case 'ed25519ph':
    case 'ml-dsa':
      return true;
  }
}

/** The same for making a key pair. */
export function isHeavyKeyPair(keySpec: KeySpec): boolean {
  return specRow(keySpec).lattice !== undefined || isSlowKeyPair(keySpec);
}

/** Whether making a pair takes up to seconds, as long as its primes take to be found. */
export function isSlowKeyPair(keySpec: KeySpec): boolean {
  return specRow(keySpec).keyType === 'rsa';
}

/** The same for opening a private key: a lattice's has to grow from its seed. */
export function isHeavyOpening(keySpec: KeySpec): boolean {
  return specRow(keySpec).lattice !== undefined;
}

/** The same for ML-KEM: node:crypto is quick, @noble, whose keys are secret KeyObjects, isn't. */
export function isHeavyEncapsulation(key: KeyObject): boolean {
  return key.type === 'secret';
}

/** The same for an RSA private operation of any kind. */
export function isHeavyRsa(keySpec: KeySpec): boolean {
  return specRow(keySpec).bytes > LIGHT_RSA_BYTES;
}
