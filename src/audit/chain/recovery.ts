/** Where the chain of a trail ended, and what a server that was killed has left behind its last digest. */
import type { KeyObject } from 'node:crypto';
import { linesOf } from '../reading/lines.js';
import { inTheirOrder, type StoredTrailFile, storedTrailFiles } from '../trail-files.js';
import { readCheckpoints } from './checkpoint.js';
import { sha256 } from './digest.js';
import type { DigestFiles } from './digest-files.js';
import { Segment } from './segment.js';

/** The last digest that was signed, as the database knows it. */
export interface ChainHead {
  readonly sequence: number;
  /** Of its statement, in hex. */
  readonly sha256: string;
}

/** Where the next digest goes on. */
export interface ChainEnd {
  readonly sequence: number;
  readonly previous: string | null;
  readonly ends: Readonly<Record<string, number>>;
  /** The server that wrote the last digest may have been killed: records may follow it. */
  readonly mayGoOn: boolean;
  /** Digests that the database knows, and the directory doesn't have. */
  readonly lost: readonly [from: number, to: number] | undefined;
}

/** Undefined where no chain was begun. */
export async function endOfChain(
  files: DigestFiles,
  head: ChainHead | undefined,
): Promise<ChainEnd | undefined> {
  const { closed, open } = await files.list();
  const sequence = closed.at(-1) ?? 0;
  const known = head?.sequence ?? 0;
  if (sequence === 0 && known === 0) return undefined;
  const last = sequence > 0 ? await files.read(sequence) : undefined;
  const ends = last?.statement?.ends ?? {};
  const isGathering = open.some((each) => each > sequence);
  const mayGoOn = isGathering || last?.statement?.end !== 'stop';
  if (known > sequence) {
    const lost = [sequence + 1, known] as const;
    return { sequence: known, previous: head?.sha256 ?? null, ends, mayGoOn, lost };
  }
  const isKnown = head !== undefined && known === sequence;
  const previous = isKnown ? head.sha256 : last ? sha256(last.text) : null;
  return { sequence, previous, ends, mayGoOn, lost: undefined };
}

/**
 * What was gathered when the server was killed: what its checkpoints vouch for, then what stands in the
 * files behind that, which nobody vouches for.
 */
export async function* recovered(
  trailDir: string,
  files: DigestFiles,
  end: ChainEnd,
  options: { readonly key: KeyObject; readonly now: number; readonly maxRecords: number },
): AsyncGenerator<Segment> {
  const ends = new Map(Object.entries(end.ends));
  const { open } = await files.list();
  let { sequence } = end;
  for (const number of open.filter((each) => each > end.sequence)) {
    const content = await files.gathered(number);
    const gathered = readCheckpoints(content, number, options.key);
    if (!gathered || gathered.leaves.length === 0) continue;
    sequence += 1;
    for (const { file, offset, bytes } of gathered.spans) ends.set(file, offset + bytes);
    yield new Segment(sequence, gathered.begunAt, gathered);
  }
  yield* found(trailDir, ends, { ...options, sequence });
}

async function* found(
  trailDir: string,
  ends: ReadonlyMap<string, number>,
  options: { readonly now: number; readonly maxRecords: number; readonly sequence: number },
): AsyncGenerator<Segment> {
  const { now, maxRecords } = options;
  let { sequence } = options;
  let segment = new Segment(sequence + 1, now);
  for (const { file, path } of await writable(trailDir, ends)) {
    for await (const lines of linesOf(path, { from: ends.get(file) ?? 0 })) {
      for (const line of lines) {
        // The line that was cut is ended when its file is opened.
        segment.add(line.text, file, line.offset, line.bytes + (line.isEnded ? 0 : 1));
        segment.recovered += 1;
        if (segment.count < maxRecords) continue;
        yield segment;
        sequence += 1;
        segment = new Segment(sequence + 1, now);
      }
    }
  }
  if (segment.count > 0) yield segment;
}

/** The files in which records may follow the chain's end. */
async function writable(
  trailDir: string,
  ends: ReadonlyMap<string, number>,
): Promise<StoredTrailFile[]> {
  const stored = (await storedTrailFiles(trailDir)).filter(({ compressed }) => !compressed);
  const [oldest] = inTheirOrder([...ends.keys()]);
  return oldest === undefined
    ? stored
    : stored.filter(({ file }) => inTheirOrder([oldest, file])[0] === oldest);
}
