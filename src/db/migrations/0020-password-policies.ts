/** The password policy of each account that has set one. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('password_policies', (table) => {
    table.string('account_id', 12).primary();
    // JSON, as it was given.
    table.text('body').notNullable();
    table.binary('seal');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('password_policies');
}
