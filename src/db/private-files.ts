/**
 * What the server keeps must be its own: whoever can write into its directories can plant credentials
 * or forge records.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  OPEN,
  OWNERS,
  type Owners,
  PRIVATE,
  refusal,
  refuseForeign,
  WRITABLE,
} from '../kernel/foreign-files.js';

/** Files in our directories that nobody else may read, by name; more are opened by `openOwn`. */
const SECRET = /(^|\.)(pin|credentials)$/;

/** A FIFO that somebody planted must not make the open wait. */
const OWN = constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** What a crash has left of an unfinished file is written over. */
const UNFINISHED = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;

/**
 * Makes the directory (0700) where it is missing, and looks at it and at all that is below: each must
 * belong to this process's user or root, be no symbolic link, and let nobody else write, nor read what
 * is secret by its name. The directory itself may be reached by a link.
 * @param owners to whom it may belong
 * @throws StartError for the first path that isn't so
 */
export async function ownDirectory(dir: string, owners = OWNERS): Promise<void> {
  await mkdir(dir, { recursive: true, mode: PRIVATE.directory });
  const handle = await open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    refuseForeign(dir, await handle.stat(), { forbidden: WRITABLE, owners });
  } finally {
    await handle.close();
  }
  await checkBelow(dir, owners);
}

/**
 * Opens a file of ours without following a symbolic link, and looks at what was opened.
 * @param flags of open(2); with O_CREAT a missing file is made 0600
 * @param owners to whom it may belong
 * @throws StartError when it isn't this server's alone; else the file system's error
 */
export async function openOwn(path: string, flags: number, owners = OWNERS): Promise<FileHandle> {
  const handle = await openUnlinked(path, flags);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refusal(path, 'is no regular file', 'remove it');
    refuseForeign(path, stats, { forbidden: OPEN, owners });
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/**
 * Puts a file of ours, 0600, in place whole or not at all, under `<path>.new` until it is whole. It is on
 * the disk under its name when this settles.
 * @param write fills the file
 * @throws as `openOwn`, and whatever `write` throws
 */
export async function writeWhole(
  path: string,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const unfinished = `${path}.new`;
  const file = await openOwn(unfinished, UNFINISHED);
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  await syncDirectory(dirname(path));
}

/** Settles when the names in a directory are on the disk. @throws the file system's error */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, constants.O_RDONLY);
  await directory.sync().finally(() => directory.close());
}

/**
 * Looks at a file of ours that something else opens by its path. Sound in a directory that was found to be
 * ours: only we can change what stands there.
 * @param owners to whom it may belong
 * @throws StartError when it isn't this server's alone; else the file system's error
 */
export async function checkOwn(path: string, owners = OWNERS): Promise<void> {
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) throw linked(path);
  if (!stats.isFile()) throw refusal(path, 'is no regular file', 'remove it');
  refuseForeign(path, stats, { forbidden: OPEN, owners });
}

async function openUnlinked(path: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags | OWN, PRIVATE.file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') throw linked(path);
    throw error;
  }
}

// Sound although it looks before others open: only we can change what stands in a directory of ours.
async function checkBelow(dir: string, owners: Owners): Promise<void> {
  for (const name of await readdir(dir).catch(unlessClosed)) {
    const path = join(dir, name);
    const stats = await lstat(path).catch(unlessMissing);
    // Another server that holds the directory may just have removed it.
    if (!stats) continue;
    if (stats.isSymbolicLink()) throw linked(path);
    // What a killed server left in run/ is connected to by nobody, and removed.
    if (stats.isSocket()) continue;
    const forbidden = stats.isFile() && SECRET.test(name) ? OPEN : WRITABLE;
    refuseForeign(path, stats, { forbidden, owners });
    if (stats.isDirectory()) await checkBelow(path, owners);
  }
}

/** Root's own, such as the lost+found of a volume: nothing of ours is in it. */
function unlessClosed(error: NodeJS.ErrnoException): string[] {
  if (error.code !== 'EACCES') throw error;
  return [];
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

const linked = (path: string) =>
  refusal(path, 'is a symbolic link', 'put the file or directory itself there');
