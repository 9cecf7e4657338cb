/** What other servers say is taken once, whoever hears it, and in the order in which it became so. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  // Numbers of messages that some server on this database has taken, for as long as they are valid.
  await knex.schema.createTable('peer_messages', (table) => {
    table.string('id', 64).primary();
    table.bigInteger('expires_at').notNullable();
    table.index(['expires_at']);
  });
  // How often related multi-Region keys have changed, as the primary key's server counts.
  await knex.schema.alterTable('keys', (table) => {
    table.bigInteger('related_version').notNullable().defaultTo(0);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('keys', (table) => table.dropColumn('related_version'));
  await knex.schema.dropTable('peer_messages');
}
