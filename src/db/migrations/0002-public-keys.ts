/** The public half of asymmetric material, SubjectPublicKeyInfo in DER. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('key_materials', (table) => {
    table.binary('public_key');
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('key_materials', (table) => {
    table.dropColumn('public_key');
  });
}
