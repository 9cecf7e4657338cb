/** Which services users and roles used last, and what IAM reports about an account. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('service_uses', (table) => {
    table.string('account_id', 12).notNullable();
    // A user's or role's.
    table.string('unique_id', 128).notNullable();
    table.string('service', 32).notNullable();
    table.string('region', 32).notNullable();
    table.bigInteger('used_at').notNullable();
    table.primary(['unique_id', 'service']);
    table.index(['account_id']);
  });
  await knex.schema.createTable('credential_reports', (table) => {
    table.string('account_id', 12).primary();
    table.text('content').notNullable();
    table.bigInteger('generated_at').notNullable();
    table.binary('seal');
  });
  await knex.schema.createTable('access_jobs', (table) => {
    table.string('job_id', 36).primary();
    table.string('account_id', 12).notNullable();
    // The ARN of who asked, without a session's name, and of what.
    table.string('owner', 2048).notNullable();
    table.string('arn', 2048).notNullable();
    table.bigInteger('created_at').notNullable();
    table.binary('seal');
    table.index(['account_id', 'created_at']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('access_jobs');
  await knex.schema.dropTable('credential_reports');
  await knex.schema.dropTable('service_uses');
}
