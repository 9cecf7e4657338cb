/** What a command reads while no server runs: the database, and no token. */
import type { Config } from '../config/config.js';
import { ChangeFeed } from '../db/changes.js';
import { isMissing, openDatabase } from '../db/database.js';
import { RowSeals } from '../db/row-seals.js';
import { StartError, UnreachableError } from '../kernel/start-error.js';
import { calendarClock, wallClock } from '../kernel/time.js';
import type { Log } from '../observe/log.js';
import { Modules } from './module.js';
import { directory } from './modules/identities.js';
import { keyRecords } from './modules/keys.js';

/** The database as it is. @throws StartError when there is none yet, UnreachableError */
async function existingDatabase({ config, log }: { readonly config: Config; readonly log: Log }) {
  const url = config.databaseUrl.reveal();
  if (isMissing({ url })) {
    throw new StartError('there is no database yet');
  }
  const database = await openDatabase({ url });
  await database.raw('SELECT 1').catch(async (error: unknown) => {
    await database.destroy();
    const { code = 'no answer' } = Object(error);
    throw new UnreachableError(`the database cannot be reached: ${code}`);
  });
  // Nothing is followed: a command reads once.
  const changes = new ChangeFeed({ database, looksAt: database, now: wallClock(), log });
  return {
    // What it says is shown as it is: there is no token that could tell.
    provides: {
      database,
      changes,
      seals: new RowSeals(undefined),
      calendar: calendarClock(Date.now),
    },
    stop: () => database.destroy(),
  };
}

/** Who there is and what keys there are. */
export const records = Modules.from<{ readonly config: Config; readonly log: Log }>()
  .with(existingDatabase)
  .with(directory)
  .with(keyRecords);
