/** A source of random bytes, such as `crypto.randomBytes` or a token's generator. */
export type RandomBytes = (size: number) => Buffer;

/** RFC 4648, 6 */
const BASE32_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What AWS's own long-term access key ids start with (IAM User Guide, "Unique ID prefixes"). */
const LONG_TERM_PREFIX = 'AKIA';
const TEMPORARY_PREFIX = 'ASIA';

/** 80 bits are 16 base32 characters. */
const ID_BYTES = 10;

/** 240 bits are 40 base64 characters, without padding. */
const SECRET_BYTES = 30;

/** Makes a long-term access key id as AWS's look: `AKIA` and 16 base32 characters, 80 random bits. */
export function makeAccessKeyId(random: RandomBytes): string {
  return LONG_TERM_PREFIX + base32(exactly(ID_BYTES, random));
}

/** The same for temporary credentials: `ASIA`. */
export function makeTemporaryAccessKeyId(random: RandomBytes): string {
  return TEMPORARY_PREFIX + base32(exactly(ID_BYTES, random));
}

export function isTemporaryAccessKeyId(accessKeyId: string): boolean {
  return accessKeyId.startsWith(TEMPORARY_PREFIX);
}

/** RFC 4648, 6, without padding; bits that don't fill a character are dropped. */
export function base32(bytes: Buffer): string {
  let characters = '';
  let bits = 0;
  let count = 0;
  for (const byte of bytes) {
    bits = (bits << 8) | byte;
    count += 8;
    while (count >= 5) {
      count -= 5;
      characters += BASE32_ALPHABET.charAt((bits >> count) & 31);
    }
    bits &= (1 << count) - 1;
  }
  return characters;
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
