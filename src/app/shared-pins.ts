/** The database as its servers' memory of the root token's PINs, before it is known to be that token's. */
import type { Config } from '../config/config.js';
import { type Database, isMissing, migrate, migrationsOf, openDatabase } from '../db/database.js';
import type { Owner } from '../db/node-identity.js';
import type { WallClock } from '../kernel/time.js';
import { hashOf } from '../keystores/root-token/refused-pin.js';
import { SharedPins } from '../keystores/root-token/shared-pins.js';
import { PinTries } from '../services/kms/stores/pin-tries.js';
import { isInside } from './installation.js';

interface Needs {
  readonly config: Pick<Config, 'databaseUrl' | 'dataDir'>;
  readonly owner: Owner;
  readonly wallClock: WallClock;
  /** Whether an empty database gets its tables: it has nothing that another token could have sealed. */
  readonly makesTables: boolean;
}

export interface OpenSharedPins {
  readonly pins: SharedPins;
  readonly close: () => Promise<void>;
}

/**
 * Opens the database for what its servers know of the root token's PINs.
 * @returns undefined where a data directory remembers by itself: one that has its database to itself, or
 * whose database is from before this memory and is migrated after the login
 */
export async function openSharedPins(needs: Needs): Promise<OpenSharedPins | undefined> {
  const { config, owner, wallClock, makesTables } = needs;
  const url = config.databaseUrl.reveal();
  if (isMissing({ url }) || (await isInside(config))) return undefined;
  const database = await openDatabase({ url });
  try {
    if (makesTables && (await migrationsOf(database)).length === 0) await migrate(database);
    const salt = await saltOf(database);
    if (salt) {
      const table = new PinTries({ database, owner, wallClock });
      return {
        pins: new SharedPins(table, (pin) => hashOf(pin, salt)),
        close: () => database.destroy(),
      };
    }
  } catch (error) {
    await database.destroy();
    throw error;
  }
  await database.destroy();
  return undefined;
}

async function saltOf(database: Database): Promise<Buffer | undefined> {
  if (!(await database.schema.hasTable('root_pin_salt'))) return undefined;
  const row = await database<{ salt: string }>('root_pin_salt').first();
  return row && Buffer.from(row.salt, 'hex');
}
