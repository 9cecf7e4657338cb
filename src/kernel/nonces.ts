/** Random octets that everybody may see: nonces, IVs. */
import { randomFillSync } from 'node:crypto';

/** One call of the generator costs as much for these as for one nonce. */
const POOL_BYTES = 4096;

let pool = Buffer.alloc(0);
let used = 0;

/**
 * A nonce from the system's generator, of which many are fetched at once. Each octet is given out once.
 * Not for secrets: what is fetched ahead lies in memory until it is used.
 * @param length octets, at most 256
 */
export function randomNonce(length: number): Buffer {
  if (length > POOL_BYTES / 16) throw new RangeError(`a nonce of ${length} octets is no nonce`);
  if (used + length > pool.length) {
    // A pool of its own each time: nonces that were given out are parts of the last one.
    pool = randomFillSync(Buffer.allocUnsafeSlow(POOL_BYTES));
    used = 0;
  }
  const nonce = pool.subarray(used, used + length);
  used += length;
  return nonce;
}
