/** The kinds of database: a new one is its own file and a line here. */
import type { Dialect } from './dialect.js';
import { postgresql } from './postgresql.js';
import { sqlite } from './sqlite.js';

export const DIALECTS: readonly Dialect[] = [sqlite, postgresql];

/** @throws Error for an address that no kind of database has */
export function dialectOf(url: string): Dialect {
  return required(DIALECTS.find(({ schemes }) => schemes.some((scheme) => url.startsWith(scheme))));
}

/** @param client knex's name of it */
export function dialectOfClient(client: unknown): Dialect {
  return required(DIALECTS.find((dialect) => dialect.client === client));
}

function required(dialect: Dialect | undefined): Dialect {
  if (dialect) return dialect;
  throw new Error('there is no such kind of database');
}
