/** Verifies a trail: every record of it, whether a server writes to it or not. Changes nothing. */
import { Buffer } from 'node:buffer';
import { stat } from 'node:fs/promises';
import { LEAF_BYTES } from '../chain/digest.js';
import { DigestFiles } from '../chain/digest-files.js';
import type { ChainHead } from '../chain/recovery.js';
import { inTheirOrder, type StoredTrailFile, storedTrailFiles } from '../trail-files.js';
import { type Compared, compare, type Expected } from './compare.js';
import { type PublicKeys, type ReadDigest, type ReadDigests, readDigests } from './digests.js';
import { linesOf } from './lines.js';
import { type Problem, Problems } from './problem.js';
import { Repeats } from './repeats.js';

export interface VerifyOptions {
  readonly dir: string;
  readonly keys: PublicKeys;
  /** What the database knows of the last digest; undefined where nobody can be asked. */
  readonly head: ChainHead | undefined;
  /** Only digests that were open between these times, in epoch milliseconds. */
  readonly from?: number;
  readonly to?: number;
  /** After each file: how many are done. */
  readonly onProgress?: (files: number, of: number) => void;
}

/** The shape of `strongroom audit verify --json`. */
export interface Verified {
  readonly intact: boolean;
  readonly problems: readonly Problem[];
  /** How many there are beyond those. */
  readonly furtherProblems: number;
  readonly files: number;
  readonly digests: number;
  /** Records that are as they were written. */
  readonly records: number;
  /** Of those, written a second time after a crash. */
  readonly repeated: number;
  /** Of those, read back after a crash: until then nobody could vouch for them. */
  readonly recovered: number;
  /** Written since the last checkpoint: nobody can vouch for them yet. */
  readonly notYetInDigest: number;
  /** Older than the chain: nobody vouches for them. */
  readonly beforeChain: number;
  readonly removedByRetention: readonly string[];
  /** Digests that are not signed yet. */
  readonly unsigned: number;
  readonly lastDigest: ReadDigests['last'] | null;
}

/** @throws the file system's error */
export async function verifyTrail(options: VerifyOptions): Promise<Verified> {
  const { dir, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = options;
  const problems = new Problems();
  const files = new DigestFiles(dir);
  const isAsked = ({ statement }: ReadDigest) =>
    !statement || (Date.parse(statement.to) >= from && Date.parse(statement.from) <= to);
  const found: Problem[] = [];
  const read = await readDigests({ ...options, files, onProblem: (each) => found.push(each) });
  const asked = read.digests.filter(isAsked);
  const isWhole = asked.length === read.digests.length;
  const numbers = new Set(asked.map(({ sequence }) => sequence));
  for (const problem of found) {
    if (isWhole || numbers.has(problem.digest ?? 0)) problems.add(problem);
  }
  const trail = new Trail(files, read, numbers, problems, isWhole);
  const sums = await trail.compareAll(dir, options.onProgress);
  const list = problems.settled();
  return {
    intact: list.length === 0,
    problems: list.slice(0, MOST_TOLD),
    furtherProblems: Math.max(0, list.length - MOST_TOLD) + problems.untold,
    ...{ files: sums.files, records: sums.intact },
    digests: asked.filter(({ statement }) => statement).length,
    repeated: sums.repeated,
    recovered: asked.reduce((sum, { statement }) => sum + (statement?.recovered ?? 0), 0),
    ...{ notYetInDigest: sums.notYet, beforeChain: sums.earlier },
    removedByRetention: sums.removed,
    unsigned: asked.filter(({ statement, isSigned }) => statement && !isSigned).length,
    lastDigest: read.last ?? null,
  };
}

const MOST_TOLD = 1000;

interface Sums extends Compared {
  files: number;
  repeated: number;
  removed: string[];
}

/** Records of a file that one digest has, one behind the other. */
interface Part {
  readonly digest: ReadDigest;
  readonly offset: number;
  readonly bytes: number;
  /** Of the digest's records the first, from 0. */
  readonly start: number;
  readonly records: number;
}

class Trail {
  readonly #files: DigestFiles;
  readonly #read: ReadDigests;
  readonly #asked: ReadonlySet<number>;
  readonly #problems: Problems;
  readonly #isWhole: boolean;
  readonly #parts = new Map<string, Part[]>();
  readonly #removed = new Map<string, number>();
  readonly #earlier = new Map<string, number>();
  readonly #broken: ReadonlySet<number>;
  readonly #gathered: ReadDigest | undefined;
  #leaves: { readonly sequence: number; readonly octets: Buffer } | undefined;

  constructor(
    files: DigestFiles,
    read: ReadDigests,
    asked: ReadonlySet<number>,
    problems: Problems,
    isWhole: boolean,
  ) {
    this.#files = files;
    this.#read = read;
    this.#asked = asked;
    this.#problems = problems;
    this.#isWhole = isWhole;
    const { digests, gathered } = read;
    for (const { sequence, statement } of digests) {
      for (const file of statement?.removed ?? []) this.#removed.set(file, sequence);
      for (const { file, bytes } of statement?.earlier ?? []) this.#earlier.set(file, bytes);
    }
    this.#broken = new Set(
      digests.filter((each) => !this.#isUsable(each)).map(({ sequence }) => sequence),
    );
    for (const digest of digests) this.#addParts(digest);
    if (!gathered) return;
    const { sequence, spans } = gathered;
    const times = { from: '', to: '', end: 'time', ends: {}, recovered: 0 } as const;
    this.#gathered = { sequence, statement: { spans, ...times }, hasLeaves: true, isSigned: false };
    this.#addParts(this.#gathered);
  }

  async compareAll(dir: string, onProgress: VerifyOptions['onProgress']): Promise<Sums> {
    const sums: Sums = { files: 0, intact: 0, earlier: 0, notYet: 0, repeated: 0, removed: [] };
    const repeats = new Repeats();
    const stored = new Map((await storedTrailFiles(dir)).map((each) => [each.file, each]));
    const names = new Set([...stored.keys(), ...this.#parts.keys(), ...this.#earlier.keys()]);
    const files = inTheirOrder([...names]);
    for (const file of files) {
      if (this.#isPassed(file)) continue;
      const there = stored.get(file);
      if (there) {
        await this.#compare(there, sums, repeats);
        sums.files += 1;
      } else {
        this.#missing(file, sums);
      }
      onProgress?.(sums.files, files.length);
    }
    sums.repeated = repeats.count;
    return sums;
  }

  #addParts(digest: ReadDigest): void {
    let start = 0;
    for (const { file, offset, bytes, records } of digest.statement?.spans ?? []) {
      const parts = this.#parts.get(file) ?? [];
      // A name that was used again after its file was removed.
      if (digest.sequence > (this.#removed.get(file) ?? 0)) {
        parts.push({ digest, offset, bytes, start, records });
      }
      this.#parts.set(file, parts);
      start += records;
    }
  }

  /** Whether it proves what its records are, or retention has taken them. */
  #isUsable({ statement, hasLeaves }: ReadDigest): boolean {
    if (!statement) return false;
    return hasLeaves || statement.spans.every(({ file }) => this.#removed.has(file));
  }

  /** Nobody has asked for what is in it. */
  #isPassed(file: string): boolean {
    if (this.#isWhole) return false;
    const parts = this.#parts.get(file) ?? [];
    return !parts.some(({ digest }) => this.#asked.has(digest.sequence));
  }

  #missing(file: string, sums: Sums): void {
    const parts = this.#parts.get(file) ?? [];
    if (parts.length === 0 && this.#removed.has(file)) {
      sums.removed.push(file);
      return;
    }
    const records = parts.reduce((sum, part) => sum + part.records, 0);
    const digest = parts[0]?.digest.sequence;
    const place = digest === undefined ? {} : { digest };
    this.#problems.add({ kind: 'file-removed', file, ...place, records });
  }

  async #compare(stored: StoredTrailFile, sums: Sums, repeats: Repeats): Promise<void> {
    const { file, path, compressed } = stored;
    const problems = this.#problems;
    const parts = this.#parts.get(file) ?? [];
    const earlierBytes = this.#earlierBytes(stored);
    const mayGoOn = this.#mayFollow(stored);
    if (this.#removed.has(file) && parts.length === 0) {
      // A kill has come between the digest that says so and the removal.
      sums.removed.push(file);
      return;
    }
    if (parts.length === 0 && earlierBytes === 0 && !mayGoOn) {
      // A server has opened it, and had nothing to write.
      if ((await stat(path)).size === 0) return;
      const isUnproven = this.#broken.size > 0;
      problems.add({ kind: isUnproven ? 'records-unproven' : 'file-inserted', file });
      return;
    }
    try {
      const compared = await compare({
        ...{ file, earlierBytes, mayGoOn, problems },
        lines: linesOf(path, { compressed }),
        expected: this.#expected(parts),
        onIntact: (text) => repeats.note(text),
      });
      sums.intact += compared.intact;
      sums.notYet += compared.notYet;
      sums.earlier += compared.earlier;
    } catch (error) {
      if (!isDamage(error)) throw error;
      problems.add({ kind: 'file-damaged', file });
    }
  }

  #earlierBytes({ file, compressed }: StoredTrailFile): number {
    const bytes = this.#earlier.get(file);
    if (bytes === undefined) return 0;
    const first = this.#parts.get(file)?.[0];
    // It was compressed when the chain began, or is now: of its octets only the records' are known.
    if (bytes === 0 || compressed) return first?.offset ?? Number.POSITIVE_INFINITY;
    return bytes;
  }

  #mayFollow({ file, compressed }: StoredTrailFile): boolean {
    const { mayGoOn, digests, gathered } = this.#read;
    if (!mayGoOn || compressed) return false;
    const last = digests.findLast(({ statement }) => statement)?.statement;
    const gatheredFiles = gathered?.spans.map(({ file: each }) => each) ?? [];
    const [oldest] = inTheirOrder([...Object.keys(last?.ends ?? {}), ...gatheredFiles]);
    return oldest === undefined || inTheirOrder([oldest, file])[0] === oldest;
  }

  async *#expected(parts: readonly Part[]): AsyncGenerator<Expected[]> {
    let end = 0;
    let before = 0;
    for (const { digest, offset, bytes, start, records } of parts) {
      const { sequence } = digest;
      const isGap = offset > end && this.#hasBroken(before, sequence);
      if (isGap) yield [{ leaf: undefined, until: offset }];
      end = offset + bytes;
      before = sequence;
      if (!this.#asked.has(sequence) && digest !== this.#gathered) {
        yield [{ leaf: undefined, until: end, isSkipped: true }];
      } else if (digest.hasLeaves) {
        const leaves = await this.#leavesOf(sequence);
        yield Array.from({ length: records }, (_, index) => {
          const at = (start + index) * LEAF_BYTES;
          const leaf = leaves.toString('hex', at, at + LEAF_BYTES);
          return { leaf, digest: sequence, record: start + index + 1 };
        });
      } else {
        yield [{ leaf: undefined, until: end }];
      }
    }
    // What the digests behind have said of this file, if anything, is not known.
    if (this.#isUnknownBehind(before)) yield [{ leaf: undefined, until: Number.POSITIVE_INFINITY }];
  }

  /** Whether a digest between two says nothing that could be believed. */
  #hasBroken(from: number, to: number): boolean {
    for (let sequence = from + 1; sequence < to; sequence += 1) {
      if (this.#broken.has(sequence)) return true;
    }
    return false;
  }

  /** Whether the next digest that has records, or might have some, says nothing that could be believed. */
  #isUnknownBehind(sequence: number): boolean {
    // Numbers have no gap here, and begin with 1.
    const behind = this.#read.digests.slice(sequence);
    const next = behind.find((each) => !each.statement || each.statement.spans.length > 0);
    return next !== undefined && this.#broken.has(next.sequence);
  }

  async #leavesOf(sequence: number): Promise<Buffer> {
    const { gathered } = this.#read;
    if (gathered?.sequence === sequence) return gathered.leaves;
    if (this.#leaves?.sequence !== sequence) {
      const octets = (await this.#files.read(sequence))?.leaves ?? Buffer.alloc(0);
      this.#leaves = { sequence, octets };
    }
    return this.#leaves.octets;
  }
}

/** A compressed file that isn't whole. */
function isDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
