/** A source of random bytes, such as `crypto.randomBytes` or a token's generator. */
export type RandomBytes = (size: number) => Buffer;

/** RFC 4648, 6 */
const BASE32_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What AWS's own long-term access key ids start with (IAM User Guide, "Unique ID prefixes"). */
const LONG_TERM_PREFIX = 'AKIA';

/** 80 bits are 16 base32 characters. */
const ID_BYTES = 10;

/** 240 bits are 40 base64 characters, without padding. */
const SECRET_BYTES = 30;

/** Makes an access key id as AWS's look: `AKIA` and 16 base32 characters, 80 random bits. */
export function makeAccessKeyId(random: RandomBytes): string {
  let bits = BigInt(`0x${exactly(ID_BYTES, random).toString('hex')}`);
  let characters = '';
  for (let left = ID_BYTES * 8; left > 0; left -= 5) {
    characters = BASE32_ALPHABET.charAt(Number(bits & 31n)) + characters;
    bits >>= 5n;
  }
  return LONG_TERM_PREFIX + characters;
}

/** Makes a secret access key as AWS's look: 40 base64 characters, 240 random bits. */
export function makeSecretAccessKey(random: RandomBytes): string {
  const bytes = exactly(SECRET_BYTES, random);
  const secret = bytes.toString('base64');
  bytes.fill(0);
  return secret;
}

/** A source that answers short would make a weak secret without anybody's noticing. */
function exactly(size: number, random: RandomBytes): Buffer {
  const bytes = random(size);
  if (bytes.length !== size) {
    throw new RangeError(`The random source gave ${bytes.length} bytes instead of ${size}.`);
  }
  return bytes;
}
