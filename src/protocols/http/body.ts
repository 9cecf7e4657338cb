import { isUtf8 } from 'node:buffer';
import { CommonError } from '../../kernel/common-errors.js';
import { parseUniqueJson } from '../../kernel/unique-json.js';

/**
 * The members in a JSON body; an empty body has none.
 * @throws CommonError SerializationException for what isn't JSON, or has two members of one name.
 * Invalid UTF-8 isn't: decoding it would make one text of several, and an encryption context must mean
 * one thing only.
 */
export function parseMembers(body: Buffer): unknown {
  if (body.length === 0) return {};
  if (!isUtf8(body)) throw new CommonError('SerializationException');
  try {
    return parseUniqueJson(body.toString('utf8'));
  } catch {
    throw new CommonError('SerializationException');
  }
}
