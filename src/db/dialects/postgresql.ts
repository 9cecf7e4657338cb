import knex from 'knex';
import type { Dialect } from './dialect.js';
import { SILENT } from './silent.js';

export const postgresql: Dialect = {
  client: 'pg',
  schemes: ['postgres://', 'postgresql://'],

  isMissing: () => false,

  async open(url) {
    return knex({
      client: 'pg',
      compileSqlOnError: false,
      log: SILENT,
      connection: url,
      pool: { min: 0, max: 10 },
    });
  },

  async lockTable(transaction, table) {
    await transaction.raw('LOCK TABLE ?? IN SHARE ROW EXCLUSIVE MODE', [table]);
  },
};
