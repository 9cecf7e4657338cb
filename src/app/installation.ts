/**
 * Whether a data directory is the one that its database knows, was moved, or is a copy. A copy would use
 * the original's tokens as its own: destroy keys at their dates, settle what the original is making.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config.js';
import { fileOf } from '../db/database.js';
import { ExclusiveLock, LockedError } from '../db/exclusive-lock.js';
import type { Installation } from '../db/installations.js';
import { keptNodeId } from '../db/node-identity.js';
import { StartError } from '../kernel/start-error.js';
import type { Told } from './options.js';
import { placeOfTokens } from './softhsm-directory.js';

/** What a start is to write down of its data directory, once the database is known to be the token's. */
export interface Arrival {
  /** Without symbolic links. */
  readonly dataDir: string;
  /** The installation of which this one is a copy. */
  readonly copyOf: string | undefined;
  /** It becomes one with this start, under a node id of its own. */
  readonly becomesCopy: boolean;
  /** The installation whose place in the database this one takes. */
  readonly replaces: string | undefined;
  /** Where it was last served. */
  readonly before: string | undefined;
}

interface LastPlace {
  readonly nodeId: string;
  readonly dataDir: string;
  readonly copyOf?: string | undefined;
}

/** What a database says before it is known to be the root token's. */
export interface FoundDatabase {
  /** It has no root key, and so no key. */
  readonly isNew: boolean;
  /** The one that started last first. */
  readonly installations: readonly Installation[];
}

/**
 * @param nodeId the data directory's
 * @throws StartError for a copy of which nobody has said what it is to be, or that can't be what was said
 */
export async function arrivalOf(
  config: Config,
  nodeId: string,
  { isNew, installations }: FoundDatabase,
  { asCopy = false, moved = false }: Told,
): Promise<Arrival> {
  const { dataDir } = config;
  const inside = await isInside(config);
  // A database that only servers of this directory use has no other's, though its own id be lost.
  const recorded =
    installations.find((each) => each.nodeId === nodeId) ?? (inside ? installations[0] : undefined);
  const last = recorded ?? beforeInstallations(dataDir, nodeId);
  const isCopied = last !== undefined && (await isStillAt(last, dataDir));
  // A copy is told so at each of its starts where the option stands in a service unit.
  const becomesCopy = asCopy && (isCopied || (!isNew && last?.copyOf === undefined));
  if (becomesCopy) refuseSharing(config, inside);
  else if (isCopied && !moved) throw untold(dataDir, last.dataDir);
  else if (isCopied) await refuseRunning(last.dataDir);
  return {
    dataDir: await realpath(dataDir),
    copyOf: becomesCopy ? (last?.nodeId ?? nodeId) : last?.copyOf,
    becomesCopy,
    replaces: inside ? recorded?.nodeId : undefined,
    before: last?.dataDir,
  };
}

/** Whether the database is a file in the data directory, so that who copies the one copies both. */
export async function isInside({
  dataDir,
  databaseUrl,
}: Pick<Config, 'dataDir' | 'databaseUrl'>): Promise<boolean> {
  const file = fileOf({ url: databaseUrl.reveal() });
  if (file === undefined) return false;
  const parent = await realpath(dirname(file)).catch(unlessMissing);
  const own = await realpath(dataDir);
  return parent !== undefined && `${parent}/`.startsWith(`${own}/`);
}

/** Where a directory was last served before databases said so: SoftHSM's configuration has its path. */
function beforeInstallations(dataDir: string, nodeId: string): LastPlace | undefined {
  const before = placeOfTokens(dataDir);
  return before === undefined || before === dataDir ? undefined : { nodeId, dataDir: before };
}

async function isStillAt(last: LastPlace, dataDir: string): Promise<boolean> {
  try {
    const there = await stat(last.dataDir, { bigint: true });
    const here = await stat(dataDir, { bigint: true });
    // The same directory by another name.
    if (there.dev === here.dev && there.ino === here.ino) return false;
    return (await keptNodeId(last.dataDir)) === last.nodeId;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new StartError(
      `whether ${dataDir} is a copy can't be told, since ${last.dataDir}, where it was last served, can't be ` +
        `looked at (${code ?? message}): let this user read it, or remove it if it is used no longer`,
    );
  }
}

function untold(dataDir: string, original: string): StartError {
  return new StartError(
    `${dataDir} is a copy of ${original}, which is still there: start it with --as-copy to make it a server ` +
      'of its own, which leaves the keys of the other one alone, or with --moved if the other one is used no longer',
  );
}

function refuseSharing({ databaseUrl, peers }: Config, inside: boolean): void {
  if (!inside) {
    const file = fileOf({ url: databaseUrl.reveal() });
    throw new StartError(
      `--as-copy needs a database that was copied with the data directory, and databaseUrl names ${file ?? 'a PostgreSQL database'}, which the original may use: a copy of a PostgreSQL server is made by restoring a dump into another database`,
    );
  }
  if (Object.keys(peers).length > 0) {
    throw new StartError(
      '--as-copy needs a configuration without peers: servers of other Regions would take the copy for the original',
    );
  }
}

async function refuseRunning(dataDir: string): Promise<void> {
  const file = join(dataDir, 'server.lock');
  if (!(await stat(file).catch(unlessMissing))) return;
  try {
    await (await ExclusiveLock.acquire(file, 0)).release();
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new StartError(
      `a server is running on ${dataDir}, so that directory was not moved: stop it first, or start this one with --as-copy`,
    );
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
