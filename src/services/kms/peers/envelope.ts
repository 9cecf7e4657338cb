/** Materials on their way: AES-256-GCM under a key of the message's own, which is wrapped for the receiver. */
import { randomBytes } from 'node:crypto';
import { decryptGcm, encryptGcm, packGcm, unpackGcm } from '../../../kernel/gcm.js';
import { type TransportPublicKey, wrapFor } from './transport-key.js';

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
    return packGcm(encryptGcm(this.#key, secret, aadOf(place)));
  }

  close(): void {
    this.#key.fill(0);
  }
}

/** @throws Error when it was sealed by another key, for another place, or was changed */
export function openEnvelope(key: Buffer, sealed: Buffer, place: EnvelopePlace): Buffer {
  const parts = unpackGcm(sealed);
  const secret = parts && decryptGcm(key, parts, aadOf(place));
  if (!secret) throw new Error('the envelope was not sealed by this key for this place');
  return secret;
}

function aadOf({ accountId, keyId, region, materialId }: EnvelopePlace): Buffer {
  return Buffer.from(`strongroom transport\0${accountId}/${keyId}/${region}/${materialId}`);
}
