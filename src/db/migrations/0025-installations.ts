/** Where each server on this database last ran, so that a copy of its data directory is known as one. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('installations', (table) => {
    table.string('node_id', 64).primary();
    table.text('data_dir').notNullable();
    // The installation that it was made a copy of, on purpose.
    table.string('copy_of', 64);
    table.bigInteger('started_at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('installations');
}
