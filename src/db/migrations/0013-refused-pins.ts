/** Passwords that tokens behind custom key stores refused, as they were set: no server tries them again. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('refused_pins', (table) => {
    table.increments('id');
    table.string('token_id', 64).notNullable().index();
    // SHA-256 of the sealed password.
    table.string('password_digest', 64).notNullable();
    table.bigInteger('refused_at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('refused_pins');
}
