/** What a row means is sealed: see sealed-tables.ts. Rows that are older get their seals at the first start. */
import type { Knex } from 'knex';

const TABLES = [
  'keys',
  'aliases',
  'grants',
  'custom_key_stores',
  'token_objects',
  'transport_keys',
  'access_keys',
  'iam_entities',
];

export async function up(knex: Knex): Promise<void> {
  for (const name of TABLES) {
    await knex.schema.alterTable(name, (table) => {
      table.binary('seal');
    });
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const name of TABLES) {
    await knex.schema.alterTable(name, (table) => table.dropColumn('seal'));
  }
}
