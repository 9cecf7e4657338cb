/**
 * PINs that tokens behind custom key stores refused, sealed: not tried again by any server, whatever
 * becomes of the store.
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('refused_pins', (table) => {
    table.increments('id');
    table.string('token_id', 64).notNullable().index();
    table.binary('sealed_pin').notNullable();
    table.bigInteger('refused_at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('refused_pins');
}
