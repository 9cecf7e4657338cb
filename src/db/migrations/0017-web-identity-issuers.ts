/** By which name an account's web identity tokens are issued, whether they are, and with which keys. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('web_identity_issuers', (table) => {
    table.string('account_id', 12).primary();
    table.string('issuer_id', 64).notNullable().unique();
    table.string('region', 32).notNullable();
    table.boolean('enabled').notNullable();
    // JSON: see services/iam/web-identity/issuers.ts.
    table.text('signing_keys').notNullable();
    table.bigInteger('created_at').notNullable();
    table.binary('seal').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('web_identity_issuers');
}
