/** What shows that a database which is new was there before: lost, not mounted, or wrongly named. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config/config.js';
import { fileOf } from '../db/database.js';
import { StartError } from '../kernel/start-error.js';
import { credentialsFile } from '../services/iam/credentials/first-credentials.js';

const TRAIL_FILE = /\.jsonl(\.gz)?$/;

/**
 * Both the credentials and the audit trail are first written when the database has its root key: where
 * they are and it isn't, a server would begin without a key, and applications make theirs anew.
 * @throws StartError that names what is left, the setting, and what to do
 */
export async function refuseLostDatabase(config: Config): Promise<void> {
  const left = await leftover(config);
  if (left === undefined) return;
  throw new StartError(
    `${nameOf(config)} is new, but ${left} is of a server that ran before: see that databaseUrl is right and ` +
      'every volume is mounted, or restore the database; with --new-database a new one is begun, without the keys of the old one',
  );
}

async function leftover(config: Config): Promise<string | undefined> {
  const credentials = credentialsFile(config);
  if (await sizeOf(credentials)) return credentials;
  const { dir } = config.audit;
  for (const name of await readdir(dir).catch(unlessMissing)) {
    const file = join(dir, name);
    if (TRAIL_FILE.test(name) && (await sizeOf(file))) return file;
  }
  return undefined;
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    (error) => unlessMissing(error).length,
  );
}

/** Never the address itself, which may hold a password. */
function nameOf({ databaseUrl }: Config): string {
  const file = fileOf({ url: databaseUrl.reveal() });
  return file === undefined ? 'the PostgreSQL database' : `the database ${file}`;
}

function unlessMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
  return [];
}
