const RUN_OF_WHITE_SPACE = /[ \t]+/g;

/**
 * The headers of a request as they arrived: by lower-case name, duplicates joined by a comma in
 * order of arrival, each value without white space around it.
 */
export type ReceivedHeaders = ReadonlyMap<string, string>;

/** Reads Node's `rawHeaders`: name, value, name, value … */
export function receivedHeaders(rawHeaders: readonly string[]): ReceivedHeaders {
  const received = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = trimmed(rawHeaders[at + 1] ?? '');
    const earlier = received.get(name);
    received.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return received;
}

/** The canonical form of one header value: every run of white space is one space. */
export function canonicalHeaderValue(value: string): string {
  return value.includes('  ') || value.includes('\t')
    ? value.replace(RUN_OF_WHITE_SPACE, ' ')
    : value;
}

/** Cuts spaces and tabs only: `String.prototype.trim` would also cut the byte 0xA0. */
function trimmed(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isWhiteSpace(value.charCodeAt(start))) start += 1;
  while (end > start && isWhiteSpace(value.charCodeAt(end - 1))) end -= 1;
  return start === 0 && end === value.length ? value : value.slice(start, end);
}

function isWhiteSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
