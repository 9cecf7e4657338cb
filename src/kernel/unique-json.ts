/** JSON whose objects have each member once. */

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;

/** One object of a JSON text has two members of the same name. */
export class DuplicateMemberError extends Error {
  override readonly name = 'DuplicateMemberError';
}

/**
 * Parses a JSON text (RFC 8259), at every depth of which names are unique: JSON.parse takes the last
 * of two members, while whoever reads the text sees both.
 * @throws SyntaxError, DuplicateMemberError
 */
export function parseUniqueJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && membersOf(value) !== colonsIn(text)) {
    throw new DuplicateMemberError('An object has two members of the same name');
  }
  return value;
}

/** Level by level, so that depth costs no stack. */
function membersOf(value: object): number {
  let count = 0;
  const waiting: object[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const entries: unknown[] = Object.values(next);
    if (!Array.isArray(next)) count += entries.length;
    for (const entry of entries) {
      if (typeof entry === 'object' && entry !== null) waiting.push(entry);
    }
  }
  return count;
}

/** In a text that is JSON each colon outside of strings stands behind a member's name. */
function colonsIn(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === COLON) count += 1;
    else if (code === QUOTE) at = endOfString(text, at);
  }
  return count;
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}
