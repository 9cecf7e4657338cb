/** What of the surroundings a start meets, in one line that names the setting and what to do. */
import type { Config } from '../config/config.js';
import { fileOf, isAway } from '../db/database.js';
import { StartError, UnreachableError } from '../kernel/start-error.js';

/** By the code of an error of the database: SQLSTATE, or SQLite's name. */
const DATABASE: Readonly<Record<string, string>> = {
  '28P01': 'refuses the user or the password of databaseUrl',
  '28000': 'refuses the user of databaseUrl: see its pg_hba.conf',
  '3D000': 'does not have the database that databaseUrl names: create it, empty',
  '42501': 'does not let the user of databaseUrl make tables: grant it CREATE on the schema',
  SQLITE_NOTADB: 'is no SQLite database: restore it from a backup, or correct databaseUrl',
  SQLITE_CORRUPT: 'is damaged: restore it from a backup',
  SQLITE_FULL: 'cannot grow, since its disk is full: make room',
  SQLITE_READONLY: 'cannot be written: see the permissions of it and of its directory',
  SQLITE_CANTOPEN: 'cannot be opened: see the permissions of it and of its directory',
  SQLITE_IOERR: 'cannot be read or written: see the disk',
  SQLITE_BUSY: 'is locked by another program: end that one',
};

/** By the code of an error of the file system. */
const FILES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: make room',
  EDQUOT: 'the quota of the disk is used up: make room',
  EACCES: 'this user may not: give it the directory, or run it as the user who has it',
  EPERM: 'this user may not: give it the directory, or run it as the user who has it',
  EROFS: 'the file system is read-only: mount it for writing, or set another directory',
  ENOTDIR: 'a part of the path is no directory: correct the setting',
  ENOENT: 'the directory is not there and cannot be made: see that the volume is mounted',
  EMFILE: 'too many open files: raise LimitNOFILE',
};

/** Settings whose paths are made or opened at a start. */
const PATHS = [
  ['audit.dir', ({ audit }: Config) => audit.dir],
  ['dataDir', ({ dataDir }: Config) => dataDir],
] as const;

/**
 * Runs a part of a start.
 * @throws StartError for what is foreseen of the surroundings; what isn't, as it is
 */
export async function withFailuresWorded<T>(config: Config, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw worded(error, config) ?? error;
  }
}

function worded(error: unknown, config: Config): StartError | undefined {
  if (!(error instanceof Error) || error instanceof StartError) return undefined;
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  const file = fileOf({ url: config.databaseUrl.reveal() });
  const known = DATABASE[String(code)];
  if (known !== undefined) {
    return new StartError(`the database${file === undefined ? '' : ` ${file}`} ${known} (${code})`);
  }
  const reason = FILES[String(code)];
  if (path !== undefined && reason !== undefined) {
    const setting =
      PATHS.find(([, of]) => path.startsWith(of(config))) ??
      PATHS.findLast(([, of]) => of(config).startsWith(path));
    return new StartError(`${setting ? `${setting[0]}: ` : ''}${path}: ${reason} (${code})`);
  }
  // A Unix socket that isn't there is told by the call alone.
  if (!isAway(error) && syscall !== 'connect') return undefined;
  return new UnreachableError(
    `the database that databaseUrl names cannot be reached (${code ?? error.name}): see that it runs and that its address is right`,
    { cause: error },
  );
}
