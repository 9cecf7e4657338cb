/** What only some key stores, or makers of material, can: an interface each, asked for by `able`. */

import type { KeyObject } from 'node:crypto';
import type {
  Algorithm,
  KeySpec,
  MacAlgorithm,
  MessageType,
  OaepAlgorithm,
  SigningAlgorithm,
} from '../../crypto/algorithms.js';
import type { Deadline } from '../../kernel/time.js';
import type { AdoptsKeys } from './adoption.js';
import type { Attests } from './attestation.js';
import type { UnwrapsInside } from './imports.js';
import type { KeyMaterial } from './material.js';
import type { MaterialSpec } from './materials.js';

/** What Sign asks of a store; the message's type and length have been checked. */
export interface SignRequest {
  readonly keySpec: KeySpec;
  readonly algorithm: SigningAlgorithm;
  readonly messageType: MessageType;
  readonly message: Buffer;
}

export interface Signs {
  /**
   * A signature in KMS's form: DER for ECDSA, else raw.
   * @throws StoreError
   */
  sign(material: KeyMaterial, request: SignRequest, deadline: Deadline): Promise<Buffer>;
}

export interface Macs {
  /**
   * HMAC over 1–4,096 octets, untruncated.
   * @throws StoreError
   */
  mac(
    material: KeyMaterial,
    algorithm: MacAlgorithm,
    message: Buffer,
    deadline: Deadline,
  ): Promise<Buffer>;
}

export interface Agrees {
  /**
   * ECDH with a checked public key on the same curve.
   * @returns Z, the x-coordinate, with its leading zeros.
   * @throws StoreError
   */
  agree(
    material: KeyMaterial,
    keySpec: KeySpec,
    peer: KeyObject,
    deadline: Deadline,
  ): Promise<Buffer>;
}

export interface OpensOaep {
  /** RSA-OAEP with an empty label. @throws StoreError invalid-ciphertext */
  decryptOaep(
    material: KeyMaterial,
    keySpec: KeySpec,
    algorithm: OaepAlgorithm,
    ciphertext: Buffer,
    deadline: Deadline,
  ): Promise<Buffer>;
}

export interface Decapsulates {
  /**
   * ML-KEM.Decaps: 32 octets for every ciphertext of the spec's length, whoever made it.
   * @throws StoreError invalid-ciphertext for one of another length
   */
  decapsulate(
    material: KeyMaterial,
    keySpec: KeySpec,
    ciphertext: Buffer,
    deadline: Deadline,
  ): Promise<Buffer>;
}

export interface GivesRandom {
  /**
   * `length` octets (1–1,024) from the store's own random number generator.
   * @throws StoreError
   */
  random(length: number, deadline: Deadline): Promise<Buffer>;
}

/** Random octets from a token's generator, wherever it is. */
export type RandomSource = GivesRandom['random'];

/** Of a store whose keys don't all have every algorithm of their spec. */
export interface RequiresAlgorithm {
  /**
   * For what needs no private key, of a key that doesn't say itself what it can: nothing may be encrypted
   * that this store can't decrypt.
   * @throws StoreError unsupported when its keys of this spec lack the algorithm; unproven where that could
   * not be found out in time.
   */
  requireAlgorithm(spec: MaterialSpec, algorithm: Algorithm, deadline: Deadline): Promise<void>;
}

/** Of a maker whose keys don't all have every algorithm of their spec. */
export interface ProvesAlgorithms {
  /**
   * The algorithms that keys of this spec and usage have here, in the order of the spec's; none where
   * there can be no such key. Tries them out where that wasn't done yet.
   * @throws StoreError for a failure that says nothing about them
   */
  provenAlgorithms(spec: MaterialSpec, deadline: Deadline): Promise<readonly Algorithm[]>;
}

/** Of a store that others change, too. */
export interface LooksAgain {
  /** Looks again for material that the store doesn't hold; `holds` then knows. Never rejects. */
  lookFor(material: KeyMaterial, deadline: Deadline): Promise<void>;
}

/** Abilities by the name of a method that only those who have it have. */
export interface Abilities {
  readonly sign: Signs;
  readonly mac: Macs;
  readonly agree: Agrees;
  readonly decryptOaep: OpensOaep;
  readonly decapsulate: Decapsulates;
  readonly random: GivesRandom;
  readonly requireAlgorithm: RequiresAlgorithm;
  readonly provenAlgorithms: ProvesAlgorithms;
  readonly lookFor: LooksAgain;
  readonly unwrap: UnwrapsInside;
  readonly adopt: AdoptsKeys;
  readonly attest: Attests;
}

/** Whether a store, or a maker of material, has an ability; the compiler then knows it, too. */
export function able<Thing extends object, Ability extends keyof Abilities>(
  thing: Thing,
  ability: Ability,
): thing is Thing & Abilities[Ability] {
  return ability in thing;
}
