import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openOwn } from './private-files.js';

const FILE = 'node-id';
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** Who wrote an intent: the data directory's lasting id and this process's own. */
export interface Owner {
  readonly nodeId: string;
  readonly incarnation: string;
}

/**
 * Who this process is: the data directory's lasting id, made on first use, and an id of its own.
 * Only the holder of the data directory's lock may ask: what an earlier incarnation of the same node
 * left unfinished is then known to be abandoned.
 * @throws StartError when the file isn't this server's alone
 */
export async function nodeIdentity(dataDir: string): Promise<Owner> {
  const incarnation = randomUUID();
  const kept = await keptNodeId(dataDir);
  if (kept !== undefined) return { nodeId: kept, incarnation };
  const nodeId = randomUUID();
  await keepNodeId(dataDir, nodeId);
  return { nodeId, incarnation };
}

/** Gives the data directory another lasting id. @throws StartError when the file isn't this server's alone */
export async function keepNodeId(dataDir: string, nodeId: string): Promise<void> {
  const file = join(dataDir, FILE);
  const unfinished = `${file}.new`;
  await rm(unfinished, { force: true });
  const made = await openOwn(unfinished, NEW);
  try {
    await made.writeFile(`${nodeId}\n`);
    await made.sync();
  } finally {
    await made.close();
  }
  await rename(unfinished, file);
}

/** The lasting id of a data directory, if it has one. @throws StartError; the file system's error */
export async function keptNodeId(dataDir: string): Promise<string | undefined> {
  try {
    const kept = await openOwn(join(dataDir, FILE), constants.O_RDONLY);
    try {
      return (await kept.readFile('utf8')).trim();
    } finally {
      await kept.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
