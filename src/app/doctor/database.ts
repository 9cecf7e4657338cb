/** Whether the database answers, is whole, is this version's, and agrees on the time. */
import type { Config } from '../../config/config.js';
import {
  type Database,
  fileOf,
  isMissing,
  migrationsOf,
  openDatabase,
  unknownMigrations,
} from '../../db/database.js';
import { type Check, type Found, failed, ok, warning } from './finding.js';

const MAX_CLOCK_DIFFERENCE_MS = 5000;

export const database: Check = async ({ config, now }) => {
  const url = config.databaseUrl.reveal();
  if (isMissing({ url })) return [failed('there is none yet: run strongroom init, then serve')];
  const opened = await openDatabase({ url });
  try {
    return [
      await wholeness(opened, config),
      await version(opened),
      ...(fileOf({ url }) === undefined ? [await agreement(opened, now)] : []),
    ];
  } finally {
    await opened.destroy();
  }
};

async function wholeness(opened: Database, config: Config): Promise<Found> {
  const file = fileOf({ url: config.databaseUrl.reveal() });
  if (file === undefined) {
    await opened.raw('SELECT 1');
    return ok('PostgreSQL answers');
  }
  // Rows of one column, `ok` alone when nothing is wrong.
  const rows: readonly object[] = await opened.raw('PRAGMA quick_check(10)');
  const words = rows.flatMap((row) => Object.values(row).map(String));
  return words.join() === 'ok'
    ? ok(`${file} is whole`)
    : failed(`${file} is damaged: ${words.join('; ')}; restore it from a backup`);
}

async function version(opened: Database): Promise<Found> {
  const had = await migrationsOf(opened);
  const [unknown] = await unknownMigrations(had);
  if (unknown !== undefined) return failed(`it is of a newer Strongroom, which has ${unknown}`);
  return had.length === 0
    ? failed('it is not Strongroom’s')
    : ok(`${had.length} migrations, all known`);
}

async function agreement(opened: Database, now: number): Promise<Found> {
  const begun = performance.now();
  const { rows } = await opened.raw('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms');
  // The question took some time, of which half is the answer's way.
  const here = now + (performance.now() - begun) / 2;
  const difference = Math.round(Number(Object(rows[0]).ms) - here);
  const words = `its clock and this machine's differ by ${Math.abs(difference)} ms`;
  return Math.abs(difference) > MAX_CLOCK_DIFFERENCE_MS ? warning(words) : ok(words);
}
