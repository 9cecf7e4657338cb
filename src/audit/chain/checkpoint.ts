/**
 * What is gathered for a digest is written down once a second, under a MAC whose key is nowhere on the
 * disk: after a crash the records up to the last checkpoint can't have been changed unnoticed.
 *
 * A file `<sequence>.open` has a line for each: JSON, a tab, the MAC over it and over the MAC before.
 */
import { Buffer } from 'node:buffer';
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { LEAF_BYTES, type Span } from './digest.js';
import type { Segment, SegmentState } from './segment.js';

export interface Gathered extends SegmentState {
  readonly begunAt: number;
}

interface Body {
  readonly sequence: number;
  readonly begunAt: number;
  readonly spans: readonly Span[];
  /** Hashes that the checkpoint before didn't have, in base64. */
  readonly leaves: string;
}

/** Checkpoints of one segment, in order. */
export class Checkpoints {
  readonly #key: KeyObject;
  #mac = '';
  #written = 0;

  constructor(key: KeyObject) {
    this.#key = key;
  }

  /** The next line; undefined when it would say nothing new. The first is never undefined. */
  next(segment: Segment): { readonly line: string; readonly done: () => void } | undefined {
    const { leaves, spans, sequence, begunAt } = segment;
    if (this.#mac !== '' && leaves.length === this.#written) return undefined;
    const added = leaves.subarray(this.#written).toString('base64');
    const body: Body = { sequence, begunAt, spans, leaves: added };
    const text = JSON.stringify(body);
    const mac = macOf(this.#key, `${this.#mac}\t${text}`);
    const until = leaves.length;
    return {
      line: `${text}\t${mac}\n`,
      done: () => {
        this.#mac = mac;
        this.#written = until;
      },
    };
  }
}

/**
 * What the checkpoints of a segment say, as far as they are whole; undefined when there is none.
 * @param key without one they are believed: who only reads a trail hasn't got it
 */
export function readCheckpoints(
  content: string,
  sequence: number,
  key: KeyObject | undefined,
): Gathered | undefined {
  let before = '';
  let gathered: Gathered | undefined;
  const leaves: Buffer[] = [];
  for (const line of content.split('\n')) {
    const [text = '', mac = ''] = line.split('\t');
    if (key && !isMac(macOf(key, `${before}\t${text}`), mac)) break;
    const body = bodyOf(text);
    if (body?.sequence !== sequence) break;
    leaves.push(Buffer.from(body.leaves, 'base64'));
    gathered = { begunAt: body.begunAt, spans: body.spans, leaves: Buffer.alloc(0) };
    before = mac;
  }
  if (!gathered) return undefined;
  const all = Buffer.concat(leaves);
  const records = gathered.spans.reduce((sum, span) => sum + span.records, 0);
  return all.length === records * LEAF_BYTES ? { ...gathered, leaves: all } : undefined;
}

export function macOf(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

export function isMac(expected: string, given: string | undefined): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given ?? '')];
  return left.length === right.length && timingSafeEqual(left, right);
}

function bodyOf(text: string): Body | undefined {
  try {
    const body = JSON.parse(text) as Partial<Body>;
    const isWhole = Array.isArray(body.spans) && typeof body.leaves === 'string';
    return isWhole ? (body as Body) : undefined;
  } catch {
    return undefined;
  }
}
