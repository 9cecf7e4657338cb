import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  encodeSealed,
  locationAad,
  parseSealed,
  SealError,
  type SealedLocation,
  type Sealer,
} from '../../src/kernel/sealing.js';

/** A sealer whose root key is in memory. It counts what it opens. */
export class MemorySealer implements Sealer {
  readonly #rootKey = randomBytes(32);
  opened = 0;

  async seal(secret: Buffer, location: SealedLocation): Promise<Buffer> {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#rootKey, iv).setAAD(locationAad(location));
    const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
    return encodeSealed({ iv, tag: cipher.getAuthTag(), ciphertext });
  }

  async open(sealed: Buffer, location: SealedLocation): Promise<Buffer> {
    const { iv, tag, ciphertext } = parseSealed(sealed);
    this.opened += 1;
    const decipher = createDecipheriv('aes-256-gcm', this.#rootKey, iv);
    decipher.setAAD(locationAad(location)).setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    } catch {
      throw new SealError('not sealed by this root key for this place');
    }
  }
}
