/** The keys that sign digests of the audit trail, and how far the chain of each server has come. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('audit_keys', (table) => {
    // The highest signs; what the others have signed is verified by them.
    table.integer('number').primary();
    table.string('cka_id', 64).notNullable();
    // Null until the key is there; `token`, or `sealed` where the root token has no such keys.
    table.string('kind', 8);
    // SubjectPublicKeyInfo in base64.
    table.text('public_key');
    table.binary('sealed_private');
    table.bigInteger('created_at').notNullable();
    table.binary('seal');
  });
  await knex.schema.createTable('audit_heads', (table) => {
    table.string('node_id', 64).primary();
    table.bigInteger('sequence').notNullable();
    table.string('sha256', 64).notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('audit_heads');
  await knex.schema.dropTable('audit_keys');
}
