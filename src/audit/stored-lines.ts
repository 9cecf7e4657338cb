/** The lines of a trail's files from any place on, in both directions. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { openOwn } from '../db/private-files.js';
import { MAX_LINE_BYTES } from './line.js';
import { linesOf } from './reading/lines.js';
import type { StoredTrailFile } from './trail-files.js';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 256 * 1024;
/** What is longer no server has written: of it only a part is kept. */
const MAX_KEPT_BYTES = 2 * MAX_LINE_BYTES;

export interface StoredLine {
  /** Without its newline. */
  readonly text: Buffer;
  /** Where it begins, and where what follows its newline does, in octets before compression. */
  readonly offset: number;
  readonly end: number;
}

/** Some lines, or none, at each step of reading. */
export type Lines = readonly StoredLine[];

/** Opens a file of the trail to read it. @throws the file system's error; StartError when it is no file of ours */
export function openStored({ path }: StoredTrailFile): Promise<FileHandle> {
  return openOwn(path, constants.O_RDONLY);
}

/**
 * Whole lines that aren't empty, in chunks, from an offset on. What follows the last newline is no line yet.
 * @param from where a line begins, in octets of the file before it was compressed
 * @throws the file system's error; zlib's for a compressed file that isn't whole
 */
export async function* linesForwards(
  { path, compressed }: StoredTrailFile,
  from = 0,
): AsyncGenerator<Lines> {
  // Of a compressed file all must be read to come to what is wanted.
  for await (const lines of linesOf(path, { compressed, from: compressed ? 0 : from })) {
    yield lines
      .filter(({ text, offset, isEnded }) => isEnded && offset >= from && text.length > 0)
      .map(({ text, offset, bytes }) => ({ text, offset, end: offset + bytes }));
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
