/** Unique ids as IAM makes them. Source: IAM User Guide, "IAM identifiers", "Unique identifiers". */
import { base32 } from '../credentials/access-key.js';

export const ID_PREFIXES = {
  user: 'AIDA',
  role: 'AROA',
  group: 'AGPA',
  policy: 'ANPA',
  'instance-profile': 'AIPA',
} as const;

/** 17 base32 characters are 85 bits. */
const CHARACTERS = 17;
const BYTES = 11;

/** A prefix and 17 base32 characters, 85 random bits: never given twice. */
export function makeUniqueId(
  kind: keyof typeof ID_PREFIXES,
  randomBytes: (size: number) => Buffer,
): string {
  return ID_PREFIXES[kind] + base32(randomBytes(BYTES)).slice(0, CHARACTERS);
}
