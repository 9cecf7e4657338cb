/** Which password a token behind a custom key store is being tried with, or took last: one login for all servers. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('pin_tries', (table) => {
    table.string('token_id', 64).primary();
    // As in refused_pins: SHA-256 of the sealed password.
    table.string('password_digest', 64).notNullable();
    table.string('state', 8).notNullable();
    // Who tries it, and a number that grows while it does.
    table.string('node_id', 64).notNullable();
    table.string('incarnation', 64).notNullable();
    table.integer('beats').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('pin_tries');
}
