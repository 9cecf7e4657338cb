/** The files of a trail as they stand there, compressed or not, and their lines in memory that doesn't grow with them. */
import { constants } from 'node:fs';
import { type FileHandle, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { openOwn } from '../db/private-files.js';
import { MAX_LINE_BYTES } from './line.js';
import { parseFileName, type TrailFileName } from './trail-files.js';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 256 * 1024;
/** What is longer no server has written: of it only a part is kept. */
const MAX_KEPT_BYTES = 2 * MAX_LINE_BYTES;
const COMPRESSED = '.gz';

export interface StoredFile {
  readonly name: TrailFileName;
  /** Its name as long as it wasn't compressed. */
  readonly file: string;
  readonly isCompressed: boolean;
  readonly path: string;
}

export interface StoredLine {
  /** Without its newline. */
  readonly text: Buffer;
  /** Where it begins, and where what follows its newline does, in octets before compression. */
  readonly offset: number;
  readonly end: number;
}

/** Some lines, or none, at each step of reading. */
export type Lines = readonly StoredLine[];

/** All files of a trail, oldest first; one that is there both ways, as it was before it was compressed. */
export async function storedFiles(dir: string): Promise<StoredFile[]> {
  const found = new Map<string, StoredFile>();
  for (const entry of (await readdir(dir)).sort()) {
    const isCompressed = entry.endsWith(COMPRESSED);
    const file = isCompressed ? entry.slice(0, -COMPRESSED.length) : entry;
    const name = parseFileName(file);
    if (!name || found.has(file)) continue;
    found.set(file, { name, file, isCompressed, path: join(dir, entry) });
  }
  return [...found.values()].sort((a, b) => inOrder(a.name, b.name));
}

/** Negative where the trail began the first of them earlier. */
export function inOrder(a: TrailFileName, b: TrailFileName): number {
  return a.day < b.day ? -1 : a.day > b.day ? 1 : a.part - b.part;
}

/** Opens a file of the trail to read it. @throws the file system's error; StartError when it is no file of ours */
export function openStored({ path }: StoredFile): Promise<FileHandle> {
  return openOwn(path, constants.O_RDONLY);
}

/**
 * Whole lines that aren't empty, in chunks, from an offset on. What follows the last newline is no line yet.
 * @param from where a line begins, in octets of the file before it was compressed
 * @throws the file system's error; zlib's for a compressed file that isn't whole
 */
export async function* linesForwards(file: StoredFile, from = 0): AsyncGenerator<Lines> {
  const handle = await openStored(file);
  let read: Readable | undefined;
  try {
    // Of a compressed file all must be read to come to what is wanted.
    const start = file.isCompressed ? 0 : from;
    read = handle.createReadStream({ start, autoClose: false, highWaterMark: CHUNK_BYTES });
    // The error is thrown where the lines are read.
    const source = file.isCompressed
      ? pipeline(read, createGunzip({ chunkSize: CHUNK_BYTES }), () => {})
      : read;
    yield* linesOf(source, start, from);
  } finally {
    read?.destroy();
    await handle.close();
  }
}

async function* linesOf(
  source: AsyncIterable<Buffer>,
  start: number,
  from: number,
): AsyncGenerator<Lines> {
  let offset = start;
  let kept: Buffer = Buffer.alloc(0);
  let dropped = 0;
  for await (const chunk of source) {
    const lines: StoredLine[] = [];
    let at = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, at)) {
      const text = joined(kept, chunk.subarray(at, end));
      const next = offset + kept.length + dropped + (end - at) + 1;
      if (offset >= from && text.length > 0) lines.push({ text, offset, end: next });
      offset = next;
      kept = Buffer.alloc(0);
      dropped = 0;
      at = end + 1;
    }
    const rest = chunk.subarray(at);
    const room = Math.max(0, MAX_KEPT_BYTES - kept.length);
    kept = joined(kept, rest.subarray(0, room));
    dropped += Math.max(0, rest.length - room);
    yield lines;
  }
}

/**
 * Lines of a file that isn't compressed, the last first, in chunks.
 * @param end where a line ends, or the file
 * @returns with them, before which offset the ones that follow are
 */
export async function* linesBackwards(
  handle: FileHandle,
  end: number,
): AsyncGenerator<{ readonly lines: Lines; readonly before: number }> {
  let at = end;
  /** What was read of the line that begins before `at`. */
  let kept: Buffer = Buffer.alloc(0);
  while (at > 0) {
    const wanted = Math.min(CHUNK_BYTES, at);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(wanted), 0, wanted, at - wanted);
    // Somebody has cut the file.
    if (bytesRead < wanted) return;
    at -= wanted;
    const block = joined(buffer, kept);
    const lines: StoredLine[] = [];
    let lineEnd = block.length;
    while (lineEnd > 0) {
      const newline = block.lastIndexOf(NEWLINE, lineEnd - 1);
      if (newline === -1) break;
      if (newline + 1 < lineEnd) {
        const text = block.subarray(newline + 1, lineEnd);
        lines.push({ text, offset: at + newline + 1, end: at + lineEnd + 1 });
      }
      lineEnd = newline;
    }
    // The end of a line that is too long is dropped: what is left of it is no record.
    kept = block.subarray(0, Math.min(lineEnd, MAX_KEPT_BYTES));
    if (at === 0 && kept.length > 0) lines.push({ text: kept, offset: 0, end: kept.length + 1 });
    yield { lines, before: at === 0 ? 0 : at + lineEnd };
  }
}

function joined(first: Buffer, second: Buffer): Buffer {
  if (first.length === 0) return second;
  return second.length === 0 ? first : Buffer.concat([first, second]);
}
