import { createHmac, type KeyObject } from 'node:crypto';

const LABEL = Buffer.from('strongroom message key', 'ascii');
const COUNTER_1 = Buffer.from([0, 0, 0, 1]);
const SEPARATOR = Buffer.from([0]);
const LENGTH_256 = Buffer.from([0, 0, 1, 0]);
/** [i]₂ ‖ Label ‖ 0x00: the same for every message. */
const PREFIX = Buffer.concat([COUNTER_1, LABEL, SEPARATOR]);

/**
 * One AES-256 key for one message: NIST SP 800-108r1 §4.1, KDF in counter mode with HMAC-SHA-256,
 * r = 32, L = 256, so a single block. Context is the message's 128-bit nonce.
 */
export function deriveMessageKey(material: KeyObject, nonce: Buffer): Buffer {
  return createHmac('sha256', material)
    .update(Buffer.concat([PREFIX, nonce, LENGTH_256]))
    .digest();
}
