import { ChangeFeed } from '../../db/changes.js';
import { type Database, openFeedConnection } from '../../db/database.js';
import { StartError } from '../../kernel/start-error.js';
import { calendarClock, type WallClock } from '../../kernel/time.js';
import { Calendar } from '../../runtime/calendar.js';
import type { ServerOptions } from '../options.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log'> {
  readonly database: Database;
  readonly wallClock: WallClock;
}

/** The change feed, begun before anything is read, so that no change is missed by what is read later. */
export async function changes({ config, database, wallClock, log }: Needs) {
  const looksAt = await openFeedConnection({ url: config.databaseUrl.reveal() });
  const feed = new ChangeFeed({ database, looksAt, now: wallClock, log });
  const stop = async () => {
    await feed.stop();
    await looksAt.destroy();
  };
  try {
    await feed.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { provides: { changes: feed }, ready: () => feed.requireAllFollow(), stop };
}

/**
 * The calendar of key dates.
 * @throws StartError when the database's time was moved and the clock isn't simulated
 */
export async function calendar({
  config,
  database,
  changes: feed,
  wallClock,
}: Omit<Needs, 'log'> & { readonly changes: ChangeFeed }) {
  const keyDates = new Calendar({
    database,
    changes: feed,
    wallClock,
    simulated: config.clock === 'simulated',
  });
  feed.on('calendar', 'the calendar of key dates', () => keyDates.load());
  await keyDates.load().catch((error: unknown) => {
    throw new StartError(error instanceof Error ? error.message : String(error));
  });
  return { provides: { keyDates, calendar: calendarClock(() => keyDates.now()) } };
}
