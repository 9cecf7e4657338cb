import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { CommonError } from '../../kernel/common-errors.js';
import { parseUniqueJson } from '../../kernel/unique-json.js';

/**
 * Reads a request's body into memory.
 * @throws CommonError RequestEntityTooLargeException as soon as it is longer than `maxBytes`, whether
 * the client said so or not; Error when the client goes away.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return reject(tooLarge());
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > maxBytes) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks, length)));
    request.on('error', reject);
    // Every request closes; only one that closes too early is worth an error and its stack.
    request.on('close', () => {
      if (!request.readableEnded) reject(new Error('the client went away'));
    });
  });
}

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

function tooLarge(): CommonError {
  return new CommonError('RequestEntityTooLargeException', 'The request body is too large.');
}
