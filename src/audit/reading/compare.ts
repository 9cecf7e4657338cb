/**
 * Compares the lines of one file with the records that digests say were written to it. Both sides are read
 * as streams; where they part, the next place where they agree again is sought within a window.
 */
import type { Buffer } from 'node:buffer';
import { leafOf } from '../chain/digest.js';
import type { Line } from './lines.js';
import { Peeked } from './peeked.js';
import type { Missing, Problems, Stray } from './problem.js';

/** A record that a digest names, by its hash in hex; 1 is a digest's first. */
export type Expected =
  | { readonly leaf: string; readonly digest: number; readonly record: number }
  | Unproven;

/** Records whose digest says nothing that could be believed: those before this offset. */
export interface Unproven {
  readonly leaf: undefined;
  readonly until: number;
  /** Nobody has asked for them. */
  readonly isSkipped?: boolean;
}

interface Actual {
  readonly leaf: string;
  readonly line: number;
  readonly offset: number;
  readonly text: Buffer;
}

/** In how many lines, and records, agreement is sought, one after the other. */
const WINDOWS = [16, 256, 4096, 20_000];

export interface Comparison {
  readonly file: string;
  readonly lines: AsyncIterable<readonly Line[]>;
  readonly expected: AsyncIterable<readonly Expected[]>;
  /** The octets of the file that are older than the chain. */
  readonly earlierBytes: number;
  /** Whether records may follow that no digest has yet. */
  readonly mayGoOn: boolean;
  readonly problems: Problems;
  /** Of each line that is as it was written. */
  readonly onIntact: (text: Buffer) => void;
}

export interface Compared {
  /** Lines that are as they were written. */
  intact: number;
  /** Lines that are older than the chain. */
  earlier: number;
  /** Lines that no digest has yet. */
  notYet: number;
}

export async function compare(comparison: Comparison): Promise<Compared> {
  const { file, problems, mayGoOn, onIntact } = comparison;
  const counts: Compared = { intact: 0, earlier: 0, notYet: 0 };
  const actual = new Peeked(actualOf(comparison, counts));
  const expected = new Peeked(comparison.expected);
  let behind = 0;
  for (;;) {
    const line = actual.ready ?? (await actual.at(0));
    const named = expected.ready ?? (await expected.at(0));
    if (named && named.leaf === undefined) {
      expected.drop(1);
      behind = await unproven(comparison, actual, expected, named, behind);
    } else if (line && named && line.leaf === named.leaf) {
      onIntact(line.text);
      actual.drop(1);
      expected.drop(1);
      counts.intact += 1;
      behind = line.line;
    } else if (line && !named) {
      actual.drop(1);
      behind = line.line;
      if (mayGoOn && !problems.isMissing(line.leaf)) counts.notYet += 1;
      else problems.differ(strayOf(file, line), undefined);
    } else if (line && named) {
      const [lines, records] = await agreement(actual, expected);
      for (let index = 0; index < Math.max(lines, records); index += 1) {
        const there = index < lines ? await actual.at(index) : undefined;
        const gone = index < records ? await expected.at(index) : undefined;
        const stray = there && strayOf(file, there);
        problems.differ(stray, gone && missingOf(file, gone, behind));
        if (there) behind = there.line;
      }
      actual.drop(lines);
      expected.drop(records);
    } else if (named) {
      await truncated(comparison, expected, Math.max(behind, counts.earlier));
    } else {
      return counts;
    }
  }
}

async function* actualOf(
  { lines, earlierBytes }: Comparison,
  counts: Compared,
): AsyncGenerator<Actual[]> {
  let number = 0;
  for await (const batch of lines) {
    const actual: Actual[] = [];
    for (const { text, offset } of batch) {
      number += 1;
      if (offset < earlierBytes) counts.earlier += 1;
      else actual.push({ leaf: leafOf(text).toString('hex'), line: number, offset, text });
    }
    yield actual;
  }
}

/** How many lines and records lie before the next place where both agree: as few as can be. */
async function agreement(
  actual: Peeked<Actual>,
  expected: Peeked<Expected>,
): Promise<[lines: number, records: number]> {
  let records = 0;
  for (const window of WINDOWS) {
    const places = new Map<string, number>();
    for (records = 0; records < window; records += 1) {
      const named = await expected.at(records);
      if (named?.leaf === undefined) break;
      if (!places.has(named.leaf)) places.set(named.leaf, records);
    }
    let best: [number, number] | undefined;
    let lines = 0;
    for (; lines < window; lines += 1) {
      if (best && lines >= best[0] + best[1]) break;
      const line = await actual.at(lines);
      if (!line) break;
      const place = places.get(line.leaf);
      if (place !== undefined && (!best || lines + place < best[0] + best[1]))
        best = [lines, place];
    }
    if (best) return best;
    // Nothing that is still to come agrees: one line stands for one record.
    if (records < window && lines < window) return [Math.min(lines, records), records];
  }
  // So much is missing, or too much: the lines are given another chance with the records that follow.
  return [0, records];
}

/** Passes lines until the next record that is believed, or the place where it was. */
async function unproven(
  { file, problems }: Comparison,
  actual: Peeked<Actual>,
  expected: Peeked<Expected>,
  { until, isSkipped = false }: Unproven,
  behind: number,
): Promise<number> {
  const next = await expected.at(0);
  let [first, last, records] = [0, behind, 0];
  for (let line = await actual.at(0); line; line = await actual.at(0)) {
    if (line.offset >= until || line.leaf === next?.leaf) break;
    if (records === 0) first = line.line;
    last = line.line;
    records += 1;
    actual.drop(1);
  }
  const lines = { line: first, lastLine: last, records };
  if (records > 0 && !isSkipped) problems.add({ kind: 'records-unproven', file, ...lines });
  return last;
}

async function truncated(
  { file, problems }: Comparison,
  expected: Peeked<Expected>,
  line: number,
): Promise<void> {
  const first = await expected.at(0);
  let records = 0;
  for (let named = await expected.at(0); named; named = await expected.at(0)) {
    if (named.leaf !== undefined) records += 1;
    expected.drop(1);
  }
  const place = first?.leaf === undefined ? {} : { digest: first.digest, record: first.record };
  problems.add({ kind: 'file-truncated', file, line, ...place, records });
}

function missingOf(file: string, named: Expected, line: number): Missing | undefined {
  if (named.leaf === undefined) return undefined;
  return { file, line, ...named };
}

function strayOf(file: string, { leaf, line, text }: Actual): Stray {
  return { file, leaf, line, name: nameOf(text) };
}

const MAX_NAME = 256;

/** What the line says it is, as far as it says anything. */
function nameOf(text: Buffer): Stray['name'] {
  try {
    const { eventID, eventName, eventTime } = JSON.parse(text.toString());
    const named = { eventID, eventName, eventTime };
    return Object.fromEntries(
      Object.entries(named).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value.slice(0, MAX_NAME)]] : [],
      ),
    );
  } catch {
    return {};
  }
}
