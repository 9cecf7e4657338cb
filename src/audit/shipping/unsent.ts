/** What of a trail a receiver hasn't got yet, in batches that a receiver takes at once. */
import type { Log } from '../../observe/log.js';
import { linesForwards, openStored, type StoredLine } from '../stored-lines.js';
import { type StoredTrailFile, storedTrailFiles } from '../trail-files.js';
import { type FilePlace, hashOf, placeBehind, ShippingCursor } from './cursor.js';

/** Less than the megabyte that servers of HTTP take by default, and more than the longest record. */
const MAX_BATCH_BYTES = 512 * 1024;
const MAX_BATCH_RECORDS = 1000;

/** A record as it stands in the trail, and what of it the transport tells. */
export interface ShippedRecord {
  /** The line without its newline. */
  readonly text: Buffer;
  readonly eventTime: string;
  readonly eventName: string;
  readonly hasFailed: boolean;
}

export interface Batch {
  readonly file: StoredTrailFile;
  readonly records: readonly ShippedRecord[];
  /** Where the file goes on behind it. */
  readonly place: FilePlace;
}

/** @throws the file system's error, zlib's */
export async function* unsentBatches(
  dir: string,
  cursor: ShippingCursor,
  log: Log,
): AsyncGenerator<Batch> {
  for (const file of await storedTrailFiles(dir)) {
    try {
      yield* unsentOf(file, cursor, log);
    } catch (error) {
      // It has been compressed since the directory was read: the next round sees that.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

async function* unsentOf(
  file: StoredTrailFile,
  cursor: ShippingCursor,
  log: Log,
): AsyncGenerator<Batch> {
  const place = cursor.placeIn(file);
  const from = place && (await startIn(file, place, log));
  if (from === undefined) return;
  let last: FilePlace = from;
  for await (const batch of batchesOf(file, from, log)) {
    last = batch.place;
    yield batch;
  }
  if (file.compressed) yield { file, records: [], place: { ...last, isOver: true } };
}

/**
 * The files that have what some of the receivers haven't got: they must not be removed.
 * @throws the file system's error
 */
export async function unsentFiles(
  dir: string,
  receivers: readonly string[],
): Promise<ReadonlySet<string>> {
  const cursors = await Promise.all(receivers.map((name) => ShippingCursor.open(dir, name)));
  const unsent = new Set<string>();
  for (const file of await storedTrailFiles(dir)) {
    const places = cursors.map((cursor) => cursor.placeIn(file)).filter((place) => !!place);
    if (places.length === 0) continue;
    const size = file.compressed ? Number.POSITIVE_INFINITY : await sizeOf(file);
    if (places.some(({ offset }) => size > offset)) unsent.add(file.file);
  }
  return unsent;
}

/** @returns undefined when there is nothing behind the place */
async function startIn(
  file: StoredTrailFile,
  place: FilePlace,
  log: Log,
): Promise<FilePlace | undefined> {
  if (file.compressed || place.offset === 0) return place;
  const handle = await openStored(file);
  try {
    const { size } = await handle.stat();
    const { offset, lineBytes, lineHash } = place;
    const length = Math.max(0, lineBytes - 1);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, offset - lineBytes);
    if (size >= offset && hashOf(buffer) === lineHash) return size > offset ? place : undefined;
  } finally {
    await handle.close();
  }
  // A write that failed is taken back; else somebody has changed what was there.
  log.warn(
    { file: file.path },
    'a file of the audit trail is no longer as it was sent: it is sent again',
  );
  return { offset: 0, lineBytes: 0, lineHash: '' };
}

async function* batchesOf(file: StoredTrailFile, from: FilePlace, log: Log): AsyncGenerator<Batch> {
  let records: ShippedRecord[] = [];
  let bytes = 0;
  let behind: StoredLine | undefined;
  const batch = (last: StoredLine): Batch => {
    const made = { file, records, place: placeBehind(last.text, last.end) };
    records = [];
    bytes = 0;
    behind = undefined;
    return made;
  };
  for await (const lines of linesForwards(file, from.offset)) {
    for (const line of lines) {
      const isFull =
        records.length >= MAX_BATCH_RECORDS || bytes + line.text.length > MAX_BATCH_BYTES;
      if (behind && isFull) yield batch(behind);
      behind = line;
      const record = recordOf(line.text);
      if (record) records.push(record);
      // What a crash cuts short is written again where it was a record.
      else
        log.warn(
          { file: file.path, offset: line.offset },
          'a line of the audit trail is no record and is not sent',
        );
      bytes += line.text.length;
    }
  }
  if (behind) yield batch(behind);
}

function recordOf(text: Buffer): ShippedRecord | undefined {
  try {
    const record = JSON.parse(text.toString('utf8'));
    if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined;
    return {
      text,
      eventTime: String(record.eventTime),
      eventName: String(record.eventName),
      hasFailed: record.errorCode !== undefined,
    };
  } catch {
    return undefined;
  }
}

async function sizeOf(file: StoredTrailFile): Promise<number> {
  const handle = await openStored(file);
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}
