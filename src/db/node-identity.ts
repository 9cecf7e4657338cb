import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Who wrote an intent: the data directory's lasting id and this process's own. */
export interface Owner {
  readonly nodeId: string;
  readonly incarnation: string;
}

/**
 * Who this process is: the data directory's lasting id, made on first use, and an id of its own.
 * Only the holder of the data directory's lock may ask: what an earlier incarnation of the same node
 * left unfinished is then known to be abandoned.
 */
export async function nodeIdentity(dataDir: string): Promise<Owner> {
  const file = join(dataDir, 'node-id');
  const incarnation = randomUUID();
  try {
    return { nodeId: (await readFile(file, 'utf8')).trim(), incarnation };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const nodeId = randomUUID();
  await writeFile(file, `${nodeId}\n`, { mode: 0o600 });
  return { nodeId, incarnation };
}
