/**
 * The contract between keys and the places that hold their material. Small on purpose: what a store
 * may lack is an optional capability.
 */

import type { KeyObject } from 'node:crypto';
import type {
  KeySpec,
  MacAlgorithm,
  MessageType,
  OaepAlgorithm,
  SigningAlgorithm,
} from '../../crypto/algorithms.js';
import type { Deadline } from '../../kernel/time.js';
import type { CipherParts, CiphertextKind } from './cipher-parts.js';
import type { KeyMaterial } from './material.js';
import type { MaterialSpec } from './materials.js';

/** 1–1,024 octets of a token's generator. */
export type RandomSource = (length: number, deadline: Deadline) => Promise<Buffer>;

/** What Sign asks of a store; the message's type and length have been checked. */
export interface SignRequest {
  readonly keySpec: KeySpec;
  readonly algorithm: SigningAlgorithm;
  readonly messageType: MessageType;
  readonly message: Buffer;
}

export interface KeyStore {
  /** Which ciphertexts the store makes and reads. */
  readonly kind: CiphertextKind;

  /** True when the material can be used now: the store is connected and holds it. */
  holds(material: KeyMaterial): boolean;

  /** Looks again for material that the store doesn't hold; `holds` then knows. Never rejects. */
  lookFor?(material: KeyMaterial, deadline: Deadline): Promise<void>;

  /**
   * Encrypts 1–4,096 octets.
   * @throws StoreError
   */
  encrypt(
    material: KeyMaterial,
    plaintext: Buffer,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<CipherParts>;

  /** @throws StoreError invalid-ciphertext when the parts, the data or the key don't agree. */
  decrypt(
    material: KeyMaterial,
    parts: CipherParts,
    aad: Buffer,
    deadline: Deadline,
  ): Promise<Buffer>;

  /** `length` octets (1–1,024) from the store's own random number generator. */
  random?(length: number, deadline: Deadline): Promise<Buffer>;

  /** A signature in KMS's form: DER for ECDSA, else raw. */
  sign?(material: KeyMaterial, request: SignRequest, deadline: Deadline): Promise<Buffer>;

  /** HMAC over 1–4,096 octets, untruncated. */
  mac?(
    material: KeyMaterial,
    algorithm: MacAlgorithm,
    message: Buffer,
    deadline: Deadline,
  ): Promise<Buffer>;

  /**
   * ECDH with a checked public key on the same curve.
   * @returns Z, the x-coordinate, with its leading zeros.
   */
  agree?(
    material: KeyMaterial,
    keySpec: KeySpec,
    peer: KeyObject,
    deadline: Deadline,
  ): Promise<Buffer>;

  /**
   * For what needs no private key: nothing may be encrypted that this store can't decrypt.
   * @throws StoreError unsupported when its keys of this spec lack the algorithm.
   */
  requireAlgorithm?(spec: MaterialSpec, algorithm: string, deadline: Deadline): Promise<void>;

  /** RSA-OAEP. @throws StoreError invalid-ciphertext */
  decryptOaep?(
    material: KeyMaterial,
    keySpec: KeySpec,
    algorithm: OaepAlgorithm,
    ciphertext: Buffer,
    deadline: Deadline,
  ): Promise<Buffer>;
}
