import type { ServiceError } from '../../../kernel/service-error.js';
import { refuse } from '../refusals.js';

/** Pairs of additional authenticated data, as a request gives them. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** Neither a name nor a value may need more than this many octets of UTF-8. */
const MAX_PART_BYTES = 0xffff;

/** An upper bound for the whole context in its canonical form. */
const MAX_CONTEXT_BYTES = 8192;

/**
 * The one byte string that stands for a context: the count of pairs, then each pair, sorted by the
 * UTF-8 octets of its name, as length ‖ name ‖ length ‖ value, all lengths 16 bits big-endian.
 * Injective: {"a":"bc"} and {"ab":"c"} differ. An absent context equals an empty one.
 *
 * @throws ServiceError ValidationException when the canonical form would exceed 8,192 octets, or when a
 * string has a lone surrogate: it has no UTF-8 of its own, so two contexts could become one.
 */
export function canonicalContext(context: EncryptionContext | undefined): Buffer {
  if (context === undefined) return EMPTY;
  const names = Object.keys(context);
  if (names.length === 0) return EMPTY;
  const pairs = names
    .map((name) => [encode(name), encode(context[name] ?? '')] as const)
    .sort(([left], [right]) => Buffer.compare(left, right));
  let size = 2;
  for (const [name, value] of pairs) {
    if (name.length > MAX_PART_BYTES || value.length > MAX_PART_BYTES) throw tooLong();
    size += 4 + name.length + value.length;
  }
  if (size > MAX_CONTEXT_BYTES) throw tooLong();
  const out = Buffer.allocUnsafe(size);
  let at = out.writeUInt16BE(pairs.length, 0);
  for (const pair of pairs) {
    for (const part of pair) {
      at = out.writeUInt16BE(part.length, at);
      at += part.copy(out, at);
    }
  }
  return out;
}

const EMPTY = Buffer.from([0, 0]);

function encode(text: string): Buffer {
  if (!text.isWellFormed()) {
    throw refuse.validation('The encryption context has a string that is not valid Unicode.');
  }
  return Buffer.from(text, 'utf8');
}

function tooLong(): ServiceError {
  return refuse.validation(`The encryption context is longer than ${MAX_CONTEXT_BYTES} bytes.`);
}
