/**
 * Records of changes that the audit trail doesn't have yet: each is committed with its change, and
 * deleted once the trail has it.
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('audit_outbox', (table) => {
    table.string('request_id', 64).primary();
    // Whose trail it is for.
    table.string('node_id', 64).notNullable().index();
    table.bigInteger('created_at').notNullable();
    // As the trail has them.
    table.text('lines').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('audit_outbox');
}
