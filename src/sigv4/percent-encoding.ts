/** `%00` to `%FF`, by byte. */
const PERCENT_ENCODED: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
);

/** RFC 3986, 2.3: the characters that Signature Version 4 leaves as they are. */
const UNRESERVED_ONLY = /^[A-Za-z0-9\-._~]*$/;

const UNRESERVED: ReadonlySet<string> = new Set(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~',
);

/**
 * Characters of a raw query that stay as they are. No AWS signer ever leaves one of them
 * unencoded, and readers of a query disagree about what they mean. Giving them a canonical form
 * that an encoded character can't have keeps `a%2Bb` from being exchanged for `a+b`.
 */
const AMBIGUOUS_IN_QUERY: ReadonlySet<string> = new Set('+#%');

/** Encodes every byte of the UTF-8 form of `text` that is not an unreserved character. */
export function percentEncode(text: string): string {
  if (UNRESERVED_ONLY.test(text)) return text;
  let encoded = '';
  for (const character of bytesAsCharacters(text)) {
    encoded += UNRESERVED.has(character) ? character : encodedByte(character.charCodeAt(0));
  }
  return encoded;
}

/**
 * Brings one name or value of a raw query to canonical form: escapes in upper case, everything
 * encoded that must be, nothing encoded that need not be. Works on bytes, so that escapes that
 * are not UTF-8 keep their identity.
 */
export function canonicalQueryPart(raw: string): string {
  if (UNRESERVED_ONLY.test(raw)) return raw;
  const characters = bytesAsCharacters(raw);
  let canonical = '';
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters.charAt(at);
    const escaped = character === '%' ? escapedByte(characters, at) : undefined;
    if (escaped !== undefined) {
      const decoded = String.fromCharCode(escaped);
      canonical += UNRESERVED.has(decoded) ? decoded : encodedByte(escaped);
      at += 2;
    } else if (UNRESERVED.has(character) || AMBIGUOUS_IN_QUERY.has(character)) {
      canonical += character;
    } else {
      canonical += encodedByte(character.charCodeAt(0));
    }
  }
  return canonical;
}

function encodedByte(byte: number): string {
  return PERCENT_ENCODED[byte] ?? '';
}

/** The byte that the two hexadecimal digits after the `%` at `at` stand for, if they are two. */
function escapedByte(text: string, at: number): number | undefined {
  const high = hexDigit(text.charCodeAt(at + 1));
  const low = hexDigit(text.charCodeAt(at + 2));
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

function hexDigit(code: number): number | undefined {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : undefined;
}

function bytesAsCharacters(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
