/** The keys of tokens under which others are wrapped that are kept in the database. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('wrapping_keys', (table) => {
    table.string('token_id', 64).primary();
    table.string('cka_id', 64).notNullable();
    // Set when the key is known to be in the token and to wrap: then it is never made again.
    table.string('scheme', 8);
    table.bigInteger('created_at').notNullable();
    table.binary('seal');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('wrapping_keys');
}
