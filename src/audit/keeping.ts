/** What becomes of files of the trail that nobody writes any more: compressed, and in the end removed. */
import type { Buffer } from 'node:buffer';
import { constants } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { createGzip } from 'node:zlib';
import { openOwn, writeWhole } from '../db/private-files.js';
import { DAY_MS } from '../kernel/time.js';
import type { Log } from '../observe/log.js';
import type { Keeper } from './chain/chain.js';
import { parseDigest, withoutLeaves } from './chain/digest.js';
import type { DigestFiles } from './chain/digest-files.js';
import { COMPRESSED, type StoredTrailFile, storedTrailFiles } from './trail-files.js';

export interface KeepingOptions {
  readonly dir: string;
  readonly digests: DigestFiles;
  /** Whether files that are complete are compressed. */
  readonly compress: boolean;
  /** Files whose day is longer ago are removed; 0: none. */
  readonly keepDays: number;
  /** The oldest files are removed while all together have more bytes; 0: none. */
  readonly keepBytes: number;
  /** Files that somebody hasn't got yet who gets the trail: they stay. */
  readonly unsent?: () => Promise<ReadonlySet<string>>;
  /** Real time in epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

export class Keeping implements Keeper {
  readonly #options: KeepingOptions;
  /** Digests up to this one have no hashes of records any more. */
  #thinned = 0;

  constructor(options: KeepingOptions) {
    this.#options = options;
  }

  async due(inUse: ReadonlySet<string>): Promise<readonly string[]> {
    const { dir, keepDays, keepBytes, now, unsent } = this.#options;
    if (keepDays === 0 && keepBytes === 0) return [];
    const files = await storedTrailFiles(dir);
    const sizes = await Promise.all(files.map(({ path }) => stat(path).then(({ size }) => size)));
    let bytes = sizes.reduce((sum, size) => sum + size, 0);
    const oldest = keepDays === 0 ? '' : dayOf(now() - keepDays * DAY_MS);
    const due: string[] = [];
    const awaited = await unsent?.();
    for (const [index, { file, name }] of files.entries()) {
      const isTooOld = name.day < oldest;
      const isTooMuch = keepBytes > 0 && bytes > keepBytes;
      const stays = inUse.has(file) || awaited?.has(file);
      if (stays || !(isTooOld || isTooMuch)) continue;
      due.push(file);
      bytes -= sizes[index] ?? 0;
    }
    return due;
  }

  async remove(files: readonly string[]): Promise<void> {
    const { dir, log } = this.#options;
    const due = new Set(files);
    const there = (await storedTrailFiles(dir)).filter(({ file }) => due.has(file));
    for (const { path } of there) await rm(path, { force: true });
    if (there.length > 0) {
      log.info(
        { files: there.map(({ file }) => file) },
        'old files of the audit trail were removed',
      );
    }
    await this.#thin();
  }

  async compress(inUse: ReadonlySet<string>): Promise<void> {
    const { dir, compress } = this.#options;
    if (!compress) return;
    for (const file of await storedTrailFiles(dir)) {
      if (!file.compressed && !inUse.has(file.file)) await compressed(file);
    }
  }

  /** Hashes of records that are gone prove nothing: what was signed stays. */
  async #thin(): Promise<void> {
    const { dir, digests } = this.#options;
    const there = new Set((await storedTrailFiles(dir)).map(({ file }) => file));
    for (const sequence of (await digests.list()).closed) {
      if (sequence <= this.#thinned) continue;
      const content = (await digests.content(sequence)) ?? '';
      const { statement, signature, leaves } = parseDigest(content);
      const isOver = statement?.spans.every(({ file }) => !there.has(file));
      if (!isOver || !signature) return;
      if (leaves && leaves.length > 0) await digests.write(sequence, withoutLeaves(content));
      this.#thinned = sequence;
    }
  }
}

/** The file itself goes when the other one is whole and on the disk. */
async function compressed({ path }: StoredTrailFile): Promise<void> {
  const source = await openOwn(path, constants.O_RDONLY);
  await writeWhole(`${path}${COMPRESSED}`, async (file) => {
    const content = source.createReadStream();
    const chunks = content.pipe(createGzip());
    content.on('error', (error) => chunks.destroy(error));
    for await (const chunk of chunks as AsyncIterable<Buffer>) await file.appendFile(chunk);
  });
  await rm(path);
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
