/** The lines of a file of the trail, compressed or not, in memory that doesn't grow with the file. */
import { Buffer } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { MAX_LINE_BYTES } from '../line.js';

const NEWLINE = 0x0a;
/** What is longer no server has written: of it only the beginning is kept. */
const MAX_KEPT_BYTES = 2 * MAX_LINE_BYTES;

export interface Line {
  /** Without its newline. */
  readonly text: Buffer;
  /** In octets of the file before it was compressed. */
  readonly offset: number;
  /** What it takes in the file, its newline included. */
  readonly bytes: number;
  /** Only the last one can lack its newline. */
  readonly isEnded: boolean;
}

/**
 * @param from the offset at which to begin, of a file that isn't compressed
 * @throws the file system's error; zlib's for a compressed file that isn't whole
 */
export async function* linesOf(
  path: string,
  { compressed = false, from = 0 }: { readonly compressed?: boolean; readonly from?: number } = {},
): AsyncGenerator<Line[]> {
  const file = createReadStream(path, { start: from, highWaterMark: 256 * 1024 });
  const source = compressed ? file.pipe(createGunzip()) : file;
  file.on('error', (error) => source.destroy(error));
  let offset = from;
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let bytes = 0;
  const take = (part: Buffer) => {
    bytes += part.length;
    const room = MAX_KEPT_BYTES - keptBytes;
    if (room <= 0 || part.length === 0) return;
    kept.push(part.subarray(0, room));
    keptBytes += Math.min(room, part.length);
  };
  const ended = (isEnded: boolean): Line => {
    const text = kept.length === 1 && kept[0] ? kept[0] : Buffer.concat(kept);
    const line = { text, offset, bytes: bytes + (isEnded ? 1 : 0), isEnded };
    offset += line.bytes;
    kept = [];
    keptBytes = 0;
    bytes = 0;
    return line;
  };
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      const lines: Line[] = [];
      let at = 0;
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, at)) {
        take(chunk.subarray(at, end));
        lines.push(ended(true));
        at = end + 1;
      }
      take(chunk.subarray(at));
      if (lines.length > 0) yield lines;
    }
    if (bytes > 0) yield [ended(false)];
  } finally {
    file.destroy();
  }
}
