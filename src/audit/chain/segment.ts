/** The records since the last digest: their hashes and where they stand. Bounded by its digest's limit. */
import { LEAF_BYTES, leafOf, type RecordName, type Span, sha256 } from './digest.js';

const FIRST_ROOM = 64 * LEAF_BYTES;

export interface SegmentState {
  readonly spans: readonly Span[];
  readonly leaves: Buffer;
}

export class Segment {
  readonly sequence: number;
  /** Epoch milliseconds. */
  readonly begunAt: number;
  readonly spans: Span[] = [];
  /** Records that were read back from the disk. */
  recovered = 0;
  #leaves = Buffer.allocUnsafe(FIRST_ROOM);
  #count = 0;
  #first: Buffer | undefined;
  #last: Buffer | undefined;

  constructor(sequence: number, begunAt: number, state?: SegmentState) {
    this.sequence = sequence;
    this.begunAt = begunAt;
    if (!state) return;
    this.spans.push(...state.spans);
    this.#leaves = Buffer.from(state.leaves);
    this.#count = state.leaves.length / LEAF_BYTES;
  }

  get count(): number {
    return this.#count;
  }

  /** The records' hashes, one behind the other. */
  get leaves(): Buffer {
    return this.#leaves.subarray(0, this.#count * LEAF_BYTES);
  }

  get sha256(): string {
    return sha256(this.leaves);
  }

  /** The first and the last record, as far as this run has seen them. */
  get ends(): { readonly first: RecordName | null; readonly last: RecordName | null } {
    return { first: nameOf(this.#first), last: nameOf(this.#last) };
  }

  /**
   * @param line without its newline
   * @param bytes what it takes in the file, its newline included
   */
  add(line: Buffer, file: string, offset: number, bytes: number): void {
    const at = this.#count * LEAF_BYTES;
    if (at === this.#leaves.length) {
      this.#leaves = Buffer.concat([this.#leaves], 2 * this.#leaves.length || FIRST_ROOM);
    }
    leafOf(line).copy(this.#leaves, at);
    this.#count += 1;
    this.#first ??= Buffer.from(line);
    this.#last = line;
    const span = this.spans.at(-1);
    if (span && span.file === file && span.offset + span.bytes === offset) {
      const { records } = span;
      this.spans[this.spans.length - 1] = {
        ...span,
        bytes: span.bytes + bytes,
        records: records + 1,
      };
    } else {
      this.spans.push({ file, offset, bytes, records: 1 });
    }
  }
}

function nameOf(line: Buffer | undefined): RecordName | null {
  if (!line) return null;
  try {
    const { eventTime, eventID } = JSON.parse(line.toString());
    return { eventTime: String(eventTime), eventID: String(eventID) };
  } catch {
    // What a crash has cut short has no name.
    return null;
  }
}
