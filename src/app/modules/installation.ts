import { randomUUID } from 'node:crypto';
import {
  type Database,
  isMissing,
  migrationsOf,
  openDatabase,
  unknownMigrations,
} from '../../db/database.js';
import { Installations } from '../../db/installations.js';
import { keepNodeId, keptNodeId, type Owner } from '../../db/node-identity.js';
import type { RowSeals } from '../../db/row-seals.js';
import { StartError } from '../../kernel/start-error.js';
import { RootKeyRepository } from '../../keystores/root-token/root-key-repository.js';
import { leaveToOriginal } from '../copy.js';
import { type Arrival, arrivalOf, type FoundDatabase } from '../installation.js';
import { refuseLostDatabase } from '../lost-database.js';
import type { ServerOptions } from '../options.js';
import { ownTokens, useOwnTokens } from '../softhsm-directory.js';

/**
 * Finds out, before a token is touched, whether the data directory is the one that the database knows.
 * @throws StartError for a copy of which nobody has said what it is to be, and for a new database beside
 * what an earlier one has left
 */
export async function installation({
  config,
  owner: { nodeId: kept, incarnation },
  told = {},
}: Pick<ServerOptions, 'config' | 'told'> & { readonly owner: Owner }) {
  const found = await readDatabase(config.databaseUrl.reveal());
  if (found.isNew && !told.newDatabase) await refuseLostDatabase(config);
  // A start that made it a copy was killed before the directory had its new id.
  const begun = found.installations.find(({ copyOf }) => copyOf === kept);
  const nodeId = begun?.nodeId ?? kept;
  const arrival = await arrivalOf(config, nodeId, found, told);
  useOwnTokens(config, arrival.before);
  const owner: Owner = { incarnation, nodeId: arrival.becomesCopy ? randomUUID() : nodeId };
  return { provides: { owner, arrival } };
}

interface Needs extends Pick<ServerOptions, 'config' | 'log'> {
  readonly database: Database;
  readonly seals: RowSeals;
  readonly owner: Owner;
  readonly arrival: Arrival;
  readonly wallClock: () => number;
}

/** Writes down where the server runs, and makes a copy one, at once. */
export async function installed({
  config,
  log,
  database,
  seals,
  owner: { nodeId },
  arrival,
  wallClock,
}: Needs) {
  const { dataDir, copyOf, becomesCopy, replaces, before } = arrival;
  await database.transaction(async (transaction) => {
    const rows = new Installations(transaction);
    if (becomesCopy) await leaveToOriginal(transaction, seals, ownTokens(config));
    if (replaces !== undefined && replaces !== nodeId) await rows.forget(replaces);
    await rows.record({ nodeId, dataDir, copyOf }, wallClock());
  });
  if ((await keptNodeId(config.dataDir)) !== nodeId) await keepNodeId(config.dataDir, nodeId);
  if (becomesCopy) log.info({ dataDir, nodeId, copyOf }, 'this server is a copy from now on');
  else if (before !== undefined && before !== dataDir) {
    log.info({ dataDir, before }, 'the data directory was moved');
  }
  return { provides: {} };
}

async function readDatabase(url: string): Promise<FoundDatabase> {
  if (isMissing({ url })) return { isNew: true, installations: [] };
  const database = await openDatabase({ url });
  try {
    const [unknown] = await unknownMigrations(await migrationsOf(database));
    if (unknown !== undefined) {
      throw new StartError(
        `the database was changed by a newer Strongroom, which has ${unknown}: start that version, or restore a backup from before the upgrade`,
      );
    }
    const binding = await new RootKeyRepository({ database, now: Date.now }).find();
    return { isNew: !binding, installations: await new Installations(database).all() };
  } finally {
    await database.destroy();
  }
}
