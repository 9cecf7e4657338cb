/** How often AES keys in tokens have encrypted under random IVs, as far as servers have reserved it. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('key_invocations', (table) => {
    // The material's id, or the CKA_ID of the root key.
    table.string('name', 128).primary();
    // May pass 2^32 by the last block that was asked for: no server uses that part of it.
    table.bigInteger('reserved').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('key_invocations');
}
