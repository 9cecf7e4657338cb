/** Backups of a server: of its database and of what else is lost with its data directory. */
import { constants } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readBackup, writeBackup } from '../backup/backup-file.js';
import { filesOf, putFile } from '../backup/files.js';
import { BackupError, type End, type Header, type Item } from '../backup/format.js';
import { itemsOf, refuseFull, restoreRows } from '../backup/rows.js';
import type { Config } from '../config/config.js';
import { fileOf, isMissing, openDatabase, unknownMigrations } from '../db/database.js';
import { ExclusiveLock, LockedError } from '../db/exclusive-lock.js';
import { openOwn, ownDirectory } from '../db/private-files.js';
import { readNamedSecret } from '../kernel/foreign-files.js';
import { StartError } from '../kernel/start-error.js';
import { withFailuresWorded } from './start-failures.js';

export interface BackupOptions {
  readonly file: string;
  readonly passphraseFile: string;
}

export interface Summary extends Header, End {}

/** In a data directory whose restore has begun and not ended. */
const MARKER = 'restoring';
const LOCK = 'server.lock';
const MIN_PASSPHRASE_BYTES = 12;

/**
 * Backs up a server while it runs, or while it doesn't.
 * @param softHsm whether the quick start's tokens are in it, with their keys
 * @throws StartError
 */
export async function createBackup(
  config: Config,
  { file, passphraseFile }: BackupOptions,
  softHsm: boolean,
): Promise<End> {
  const passphrase = readPassphrase(passphraseFile);
  const url = config.databaseUrl.reveal();
  if (isMissing({ url })) throw new StartError('there is no database yet');
  const database = await openDatabase({ url });
  // The rows first: of each object that they know the token's file is still to come.
  const items = async function* (): AsyncGenerator<Item> {
    yield* itemsOf(database, new Date(), softHsm);
    for await (const each of filesOf(config.dataDir, softHsm)) yield { file: each };
  };
  try {
    return await withFailuresWorded(config, () =>
      writeBackup(file, passphrase, items()).catch(told),
    );
  } finally {
    await database.destroy();
  }
}

/** Reads a backup to its end. @throws StartError when it is not whole, or of a newer version */
export async function verifyBackup({ file, passphraseFile }: BackupOptions): Promise<Summary> {
  const summary: Partial<Summary> = {};
  try {
    for await (const item of readBackup(file, readPassphrase(passphraseFile))) {
      if ('header' in item) Object.assign(summary, item.header);
      if ('end' in item) Object.assign(summary, item.end);
    }
    const { migrations = [] } = summary;
    const [unknown] = await unknownMigrations(migrations);
    if (unknown !== undefined) {
      throw new BackupError(`${file} is of a newer Strongroom, which has ${unknown}`);
    }
  } catch (error) {
    return told(error);
  }
  // The reader has made sure of a header and an end.
  return summary as Summary;
}

/**
 * Restores a backup into an empty data directory and an empty database. It is read to its end before
 * anything is written; one that was interrupted is begun anew by the next, and no server starts on it.
 * @throws StartError
 */
export async function restoreBackup(config: Config, options: BackupOptions): Promise<Summary> {
  const summary = await verifyBackup(options);
  const { dataDir } = config;
  await ownDirectory(dataDir);
  const lock = await ExclusiveLock.acquire(join(dataDir, LOCK), 0).catch((error: unknown) => {
    if (!(error instanceof LockedError)) throw error;
    throw new StartError(`a server is running on the data directory ${dataDir}`);
  });
  try {
    const url = config.databaseUrl.reveal();
    await prepare(dataDir, fileOf({ url }), summary.softHsm);
    await withFailuresWorded(config, () => restoreInto(config, options, summary));
    await rm(join(dataDir, MARKER));
    return summary;
  } catch (error) {
    return told(error);
  } finally {
    await lock.release();
  }
}

/** @throws StartError when a restore was begun and didn't end */
export async function refuseHalfRestored(dataDir: string): Promise<void> {
  if (!(await readdir(dataDir)).includes(MARKER)) return;
  throw new StartError(
    `a restore into ${dataDir} was begun and did not end: repeat strongroom backup restore, which begins anew`,
  );
}

/**
 * Leaves nothing in the directory but its marker and what a backup doesn't have, unless something is in it
 * that no restore has made.
 */
async function prepare(
  dataDir: string,
  databaseFile: string | undefined,
  softHsm: boolean,
): Promise<void> {
  const kept = new Set([LOCK, `${LOCK}-journal`, 'audit', ...(softHsm ? [] : ['softhsm'])]);
  const names = (await readdir(dataDir)).filter((name) => !kept.has(name));
  if (!names.includes(MARKER)) {
    const [found] = names;
    if (found !== undefined) throw inTheWay(join(dataDir, found));
    if (databaseFile !== undefined && !isMissing({ url: `sqlite:${databaseFile}` })) {
      throw inTheWay(databaseFile);
    }
    const marker = await openOwn(join(dataDir, MARKER), constants.O_WRONLY | constants.O_CREAT);
    await marker.sync();
    await marker.close();
  }
  for (const name of names.filter((each) => each !== MARKER)) {
    await rm(join(dataDir, name), { recursive: true });
  }
}

function inTheWay(path: string): BackupError {
  return new BackupError(
    `${path} is there already: a backup is restored into an empty data directory and an empty database`,
  );
}

async function restoreInto(
  { dataDir, databaseUrl }: Config,
  { file, passphraseFile }: BackupOptions,
  header: Header,
): Promise<void> {
  const database = await openDatabase({ url: databaseUrl.reveal() });
  try {
    const items = readBackup(file, readPassphrase(passphraseFile));
    const rows = async function* () {
      for await (const item of items) {
        if ('row' in item) yield item;
        else if ('file' in item) await putFile(dataDir, item.file);
      }
    };
    await refuseFull(database);
    await restoreRows(database, header, rows());
  } finally {
    await database.destroy();
  }
}

function readPassphrase(file: string): Buffer {
  let text: Buffer;
  try {
    text = readNamedSecret(file);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`the passphrase can't be read from ${file} (${code})`);
  }
  let end = text.length;
  // An editor's newline at the end is not part of it.
  while (end > 0 && (text[end - 1] === 0x0a || text[end - 1] === 0x0d)) end -= 1;
  if (end < MIN_PASSPHRASE_BYTES) {
    throw new StartError(`the passphrase in ${file} has fewer than ${MIN_PASSPHRASE_BYTES} octets`);
  }
  return text.subarray(0, end);
}

/** What is foreseen, for the operator. @throws always */
function told(error: unknown): never {
  throw error instanceof BackupError ? new StartError(error.message) : error;
}
