/** Files of a data directory that a backup has. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openOwn } from '../db/private-files.js';
import { PRIVATE } from '../kernel/foreign-files.js';
import { type BackedUpFile, BackupError } from './format.js';

/** Who the server is, and how tokens and callers know it. */
const IDENTITY = /^(node-id|credentials|[^/]+\.(pin|crt|refused-pin)|(accounts|services)\/[^/]+)$/;
/** SoftHSM's: tokens with their keys, but not what a set-up is just making. */
const SOFTHSM = /^softhsm\/(?!making\/|set-up\.lock$)/;

const ATTEMPTS = 10;
const BETWEEN_MS = 100;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/**
 * The files that belong to a backup, each as it is at one moment.
 * @param softHsm whether SoftHSM's are wanted, with the keys of its tokens
 */
export async function* filesOf(dataDir: string, softHsm: boolean): AsyncGenerator<BackedUpFile> {
  const found = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const files = found.filter((each) => each.isFile());
  const paths = files.map(({ parentPath, name }) => relative(dataDir, join(parentPath, name)));
  for (const path of paths.sort()) {
    if (!IDENTITY.test(path) && !(softHsm && SOFTHSM.test(path))) continue;
    const content = await steadyContent(join(dataDir, path));
    if (content) yield { path, content };
  }
}

/** Writes a file of a backup, 0600, whole or not at all. */
export async function putFile(dataDir: string, { path, content }: BackedUpFile): Promise<void> {
  const target = join(dataDir, path);
  const unfinished = `${target}.unfinished`;
  await mkdir(dirname(target), { recursive: true, mode: PRIVATE.directory });
  await rm(unfinished, { force: true });
  const file = await openOwn(unfinished, NEW);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, target);
}

/**
 * SoftHSM writes its files in place: two looks that are the same are of a file that nobody was writing.
 * Undefined for a file that is gone: what the database knew was there before it.
 */
async function steadyContent(path: string): Promise<Buffer | undefined> {
  let before = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const content = await contentOf(path);
    if (!content) return undefined;
    const digest = createHash('sha256').update(content).digest('hex');
    if (digest === before) return content;
    before = digest;
    if (attempt > 0) await pause(BETWEEN_MS);
  }
  throw new BackupError(`${path} changes all the time`);
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    const file = await openOwn(path, constants.O_RDONLY);
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
