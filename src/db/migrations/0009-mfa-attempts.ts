/**
 * How often an MFA device was tried since a code of it was right, and which codes were taken: shared by
 * all servers, and outlasting each.
 */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('mfa_attempts', (table) => {
    table.string('serial_number', 700).primary();
    table.integer('attempts').notNullable();
    table.bigInteger('locked_until').notNullable();
    // JSON: numbers of time steps.
    table.text('taken_steps').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('mfa_attempts');
}
