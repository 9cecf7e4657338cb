/** Copies records of a trail out of it, in forms that others read. */
import { Buffer } from 'node:buffer';
import { constants, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { openOwn } from '../../db/private-files.js';
import { type Criteria, searchTrail } from './search.js';

/** `jsonl`: lines as the trail has them. `cloudtrail`: as CloudTrail's log files, compressed. */
export const EXPORT_FORMATS = ['jsonl', 'cloudtrail'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/**
 * Writes the records that meet the criteria to a new file (0600), whole or not at all.
 * @returns how many there were
 * @throws the file system's error, EEXIST when the file is there already
 */
export async function exportTrail(
  dir: string,
  criteria: Criteria,
  { file, format }: { readonly file: string; readonly format: ExportFormat },
): Promise<number> {
  const handle = await openOwn(file, NEW);
  const unfinished = `${file}.unfinished`;
  await rename(file, unfinished);
  let records = 0;
  async function* content(): AsyncGenerator<Buffer> {
    if (format === 'cloudtrail') yield Buffer.from('{"Records":[');
    for await (const { line } of searchTrail(dir, criteria)) {
      if (format === 'jsonl') yield Buffer.concat([line, NEWLINE]);
      else yield records === 0 ? line : Buffer.concat([COMMA, line]);
      records += 1;
    }
    if (format === 'cloudtrail') yield Buffer.from(']}');
  }
  try {
    const target: WriteStream = handle.createWriteStream();
    const between: Transform[] = format === 'cloudtrail' ? [createGzip()] : [];
    await pipeline([Readable.from(content()), ...between, target]);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return records;
}

const NEWLINE = Buffer.from('\n');
const COMMA = Buffer.from(',');
