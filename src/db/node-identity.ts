import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { openOwn } from './private-files.js';

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
  const file = join(dataDir, 'node-id');
  const incarnation = randomUUID();
  const kept = await readOwn(file);
  if (kept !== undefined) return { nodeId: kept, incarnation };
  const nodeId = randomUUID();
  const made = await openOwn(file, NEW);
  try {
    await made.writeFile(`${nodeId}\n`);
  } finally {
    await made.close();
  }
  return { nodeId, incarnation };
}

async function readOwn(file: string): Promise<string | undefined> {
  try {
    const kept = await openOwn(file, constants.O_RDONLY);
    try {
      return (await kept.readFile('utf8')).trim();
    } finally {
      await kept.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
