/** The unique ids of the users and roles that a key policy names, from when it was stored: JSON. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('keys', (table) => {
    table.text('policy_principals').notNullable().defaultTo('{}');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('keys', (table) => {
    table.dropColumn('policy_principals');
  });
}
