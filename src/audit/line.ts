import { showable } from '../kernel/showable.js';
import type { AuditRecord } from './record.js';

/** The longest line of the trail, in bytes, its newline included. */
export const MAX_LINE_BYTES = 256 * 1024;

/** Members of unbounded size, in the order in which they give way. */
const UNBOUNDED = ['responseElements', 'requestParameters', 'additionalEventData'] as const;

/**
 * A record as one line of JSON, newline included. A record too long for a line loses the contents of
 * its largest members, never its identity: who, when, what, which key and how it ended stay.
 */
export function toLine(record: AuditRecord): string {
  const line = asLine(record);
  if (fits(line)) return line;
  let shorter = record;
  for (const member of UNBOUNDED) {
    const content = shorter[member];
    if (content === undefined || content === null) continue;
    shorter = { ...shorter, [member]: omitted(content) };
    const text = asLine(shorter);
    if (fits(text)) return text;
  }
  throw new RangeError('audit record is too long although its parameters were left out');
}

function asLine(record: AuditRecord): string {
  return `${showable(JSON.stringify(record))}\n`;
}

function fits(line: string): boolean {
  // A UTF-16 code unit is at most three octets of UTF-8, so most lines need no counting.
  return line.length * 3 <= MAX_LINE_BYTES || Buffer.byteLength(line) <= MAX_LINE_BYTES;
}

function omitted(content: object): object {
  return {
    omitted: true,
    originalSize: Buffer.byteLength(JSON.stringify(content)),
    reason: 'The record would be longer than the audit trail allows.',
  };
}
