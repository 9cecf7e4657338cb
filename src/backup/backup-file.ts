/** A backup as a file: encrypted to a passphrase, compressed, and whole or not there. */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { AgeError, decryptAge, encryptAge } from '../crypto/age.js';
import { syncDirectory } from '../db/private-files.js';
import {
  BackupError,
  decodeItems,
  type End,
  encodeItem,
  type Header,
  type Item,
} from './format.js';

/**
 * Writes the items and their end to a file, 0600, which is there only when all of it is on the disk.
 * @returns the end
 * @throws BackupError when there is such a file already
 */
export async function writeBackup(
  path: string,
  passphrase: Buffer,
  items: AsyncIterable<Item>,
): Promise<End> {
  const unfinished = `${path}.unfinished`;
  if (await exists(path)) throw new BackupError(`${path} is there already`);
  await rm(unfinished, { force: true });
  const file = await open(unfinished, 'wx', 0o600);
  try {
    const counted = new Count();
    const compressed = through(linesOf(items, counted), createGzip());
    for await (const piece of encryptAge(compressed, passphrase)) await file.writeFile(piece);
    await file.sync();
    await file.close();
    await rename(unfinished, path);
    await syncDirectory(dirname(path));
    return counted.end;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(unfinished, { force: true });
    throw error;
  }
}

/**
 * Reads a backup, item by item, and checks that it is whole: the last item is its end.
 * @throws BackupError
 */
export async function* readBackup(path: string, passphrase: Buffer): AsyncGenerator<Item> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new BackupError(`${path} can't be read (${error.code})`);
  });
  try {
    const stored = file.createReadStream({ autoClose: false });
    const text = through(decryptAge(stored, passphrase), createGunzip());
    const counted = new Count();
    let header: Header | undefined;
    let end: End | undefined;
    for await (const item of decodeItems(text)) {
      if (end || 'header' in item === (header !== undefined)) throw malformed();
      if ('header' in item) header = item.header;
      else if ('end' in item) end = item.end;
      else counted.add(item);
      yield item;
    }
    if (!end || JSON.stringify(end) !== JSON.stringify(counted.end)) throw malformed();
  } catch (error) {
    throw worded(error, path);
  } finally {
    await file.close();
  }
}

/** What the transform makes of the source; the error of either ends it. */
async function* through(
  source: AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array> {
  const fed = pipeline(Readable.from(source, { objectMode: false }), transform);
  // It destroys the transform with its error, which reading from that then throws.
  fed.catch(() => undefined);
  yield* transform;
}

class Count {
  #files = 0;
  readonly #rows: Record<string, number> = {};

  add(item: Item): void {
    if ('file' in item) this.#files += 1;
    else if ('row' in item) this.#rows[item.table] = (this.#rows[item.table] ?? 0) + 1;
  }

  get end(): End {
    return { files: this.#files, rows: this.#rows };
  }
}

async function* linesOf(items: AsyncIterable<Item>, counted: Count): AsyncGenerator<Buffer> {
  for await (const item of items) {
    counted.add(item);
    yield encodeItem(item);
  }
  yield encodeItem({ end: counted.end });
}

const malformed = () => new BackupError('it does not hold what it says it holds');

/** What is wrong with the file, with its name; a fault of ours stays one. */
function worded(error: unknown, path: string): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  const known = error instanceof AgeError || error instanceof BackupError || code.startsWith('Z_');
  if (!known) return error;
  const { message } = error as Error;
  return message.startsWith(path) ? error : new BackupError(`${path}: ${message}`);
}

async function exists(path: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  await file.close();
  return true;
}
