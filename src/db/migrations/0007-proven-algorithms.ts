/**
 * What a token had proven that it can do with a key of its kind: JSON, a list of algorithms. Null: every
 * algorithm of its spec, or a token's key that is older than this column and hasn't been looked at.
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('keys', (table) => {
    table.text('proven_algorithms');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('keys', (table) => {
    table.dropColumn('proven_algorithms');
  });
}
