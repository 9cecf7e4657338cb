import { ChangeFeed } from '../../db/changes.js';
import type { Database } from '../../db/database.js';
import { StartError } from '../../kernel/start-error.js';
import { calendarClock, type WallClock } from '../../kernel/time.js';
import type { Log } from '../../observe/log.js';
import { Calendar } from '../../runtime/calendar.js';
import type { ServerOptions } from '../options.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log'> {
  readonly database: Database;
  readonly wallClock: WallClock;
}

/** The change feed, begun before anything is read, so that no change is missed by what is read later. */
export async function changes({ database, wallClock, log }: Omit<Needs, 'config'>) {
  const feed = new ChangeFeed({ database, now: wallClock, log });
  await feed.start();
  return { provides: { changes: feed }, stop: () => feed.stop() };
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
  log,
}: Needs & { readonly changes: ChangeFeed }) {
  const keyDates = new Calendar({
    database,
    changes: feed,
    wallClock,
    simulated: config.clock === 'simulated',
  });
  feed.on('calendar', () => reload(keyDates, log));
  await keyDates.load().catch((error: unknown) => {
    throw new StartError(error instanceof Error ? error.message : String(error));
  });
  return { provides: { keyDates, calendar: calendarClock(() => keyDates.now()) } };
}

function reload(keyDates: Calendar, log: Log): void {
  keyDates.load().catch((error: unknown) => log.error({ err: error }, 'a new time was missed'));
}
