/** Materials on their way: AES-256-GCM under a key of the message's own, which is wrapped for the receiver. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type TransportPublicKey, wrapFor } from './transport-key.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;

/** For whom and for what: nobody can put one material in another's place. */
export interface EnvelopePlace {
  readonly accountId: string;
  readonly keyId: string;
  /** The receiving Region. */
  readonly region: string;
  readonly materialId: string;
}

/** Seals materials for one receiver. `close` ends it. */
export class Envelope {
  readonly #key = randomBytes(KEY_BYTES);
  /** The message's key, which only the receiver's token opens. */
  readonly wrappedKey: Buffer;

  constructor(receiver: TransportPublicKey) {
    this.wrappedKey = wrapFor(receiver, this.#key);
  }

  /** IV, tag and ciphertext. @param secret left as it is, the caller zeroes it */
  seal(secret: Buffer, place: EnvelopePlace): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(aadOf(place));
    const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), ciphertext]);
  }

  close(): void {
    this.#key.fill(0);
  }
}

/** @throws Error when it was sealed by another key, for another place, or was changed */
export function openEnvelope(key: Buffer, sealed: Buffer, place: EnvelopePlace): Buffer {
  const iv = sealed.subarray(0, IV_BYTES);
  const tag = sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv('aes-256-gcm', key, iv, options).setAAD(aadOf(place));
  decipher.setAuthTag(tag);
  const ciphertext = sealed.subarray(IV_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

function aadOf({ accountId, keyId, region, materialId }: EnvelopePlace): Buffer {
  return Buffer.from(`strongroom transport\0${accountId}/${keyId}/${region}/${materialId}`);
}
