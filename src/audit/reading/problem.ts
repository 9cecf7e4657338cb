/** What is wrong with a trail, and where. */

/** Each kind, and what it says of the trail. */
export const PROBLEM_KINDS = {
  'record-edited': 'a record is not as it was written',
  'record-removed': 'a record is missing',
  'record-inserted': 'a record is there that the server did not write there',
  'record-moved': 'a record stands in another place than it was written to',
  'records-unproven': 'records cannot be told from forged ones: their digest is missing or changed',
  'file-truncated': 'the end of a file is missing',
  'file-removed': 'a file is missing',
  'file-inserted': 'a file is there that the server did not write',
  'file-damaged': 'a file cannot be read to its end',
  'digest-edited': 'a digest is not as it was signed',
  'digest-removed': 'a digest is missing',
  'digest-unsigned': 'a digest has no signature, although later ones have',
  'digest-unknown-key': 'a digest is signed by a key that is not known',
  'trail-older':
    'the newest digests are missing: the trail was cut, or an older copy is in its place',
} as const;

export type ProblemKind = keyof typeof PROBLEM_KINDS;

export interface Problem {
  readonly kind: ProblemKind;
  readonly file?: string;
  /** Of the file before it was compressed; for what is missing the line behind which it was. */
  readonly line?: number;
  /** The last of several that follow each other. */
  readonly lastLine?: number;
  readonly digest?: number;
  /** Of the digest, 1 for its first; for several the first. */
  readonly record?: number;
  /** How many records it is about. */
  readonly records?: number;
  /** Of the line as it is now. */
  readonly eventID?: string;
  readonly eventName?: string;
  readonly eventTime?: string;
}

/** A line where another record, or none, is expected. */
export interface Stray {
  readonly leaf: string;
  readonly file: string;
  readonly line: number;
  readonly name: Pick<Problem, 'eventID' | 'eventName' | 'eventTime'>;
}

/** A record that isn't where it is expected. */
export interface Missing {
  readonly leaf: string;
  readonly file: string;
  /** The line behind which it was. */
  readonly line: number;
  readonly digest: number;
  readonly record: number;
}

interface Difference {
  stray: Stray | undefined;
  missing: Missing | undefined;
}

/** So many are looked at one by one; of the others only how many there were. */
const MOST = 100_000;

/** Problems as they are found. */
export class Problems {
  readonly #plain: Problem[] = [];
  readonly #differences: Difference[] = [];
  readonly #missing = new Map<string, Difference>();
  #untold = 0;

  add(problem: Problem): void {
    if (this.#plain.length < MOST) this.#plain.push(problem);
    else this.#untold += 1;
  }

  /** A line in the place of a record, or one without the other. */
  differ(stray: Stray | undefined, missing: Missing | undefined): void {
    if (this.#differences.length >= MOST) {
      this.#untold += 1;
      return;
    }
    const difference = { stray, missing };
    this.#differences.push(difference);
    if (missing) this.#missing.set(missing.leaf, difference);
  }

  isMissing(leaf: string): boolean {
    return this.#missing.has(leaf);
  }

  /** How many there were beyond those that were looked at. */
  get untold(): number {
    return this.#untold;
  }

  /** All of them; what is missing in one place and too much in another was moved. */
  settled(): Problem[] {
    const moved: Problem[] = [];
    for (const difference of this.#differences) {
      const { stray } = difference;
      const home = stray && this.#missing.get(stray.leaf);
      if (!stray || !home?.missing) continue;
      const { digest, record } = home.missing;
      const { file, line, name } = stray;
      moved.push({ kind: 'record-moved', file, line, digest, record, records: 1, ...name });
      home.missing = undefined;
      difference.stray = undefined;
    }
    return [...this.#plain, ...moved, ...inRanges(this.#differences.flatMap(problemOf))];
  }
}

function problemOf({ stray, missing }: Difference): Problem[] {
  const there = stray && { file: stray.file, line: stray.line, ...stray.name };
  const place = missing && { digest: missing.digest, record: missing.record, records: 1 };
  if (there && place) return [{ kind: 'record-edited', ...there, ...place }];
  if (there) return [{ kind: 'record-inserted', ...there, records: 1 }];
  if (!missing) return [];
  return [{ kind: 'record-removed', file: missing.file, line: missing.line, ...place }];
}

/** What follows each other is told as one. */
function inRanges(problems: readonly Problem[]): Problem[] {
  const ranges: Problem[] = [];
  for (const problem of problems) {
    const last = ranges.at(-1);
    if (last && follows(last, problem)) {
      const records = (last.records ?? 1) + 1;
      const isInserted = problem.kind === 'record-inserted';
      const lastLine = problem.line ?? 0;
      ranges[ranges.length - 1] = { ...last, records, ...(isInserted && { lastLine }) };
    } else {
      ranges.push(problem);
    }
  }
  return ranges;
}

function follows(last: Problem, next: Problem): boolean {
  if (last.kind !== next.kind || last.file !== next.file) return false;
  if (next.kind === 'record-inserted') return (last.lastLine ?? last.line ?? 0) + 1 === next.line;
  return (
    next.kind === 'record-removed' &&
    last.line === next.line &&
    last.digest === next.digest &&
    (last.record ?? 0) + (last.records ?? 1) === next.record
  );
}
