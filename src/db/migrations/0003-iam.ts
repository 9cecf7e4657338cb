/** Accounts, what IAM keeps of them, and the key under which session tokens are sealed. */
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('accounts', (table) => {
    table.string('account_id', 12).primary();
    // The root access key that the configuration gave last: one deleted since mustn't come back.
    table.string('configured_key_id', 128);
    table.bigInteger('created_at').notNullable();
  });
  // An account whose root key exists has been set up.
  const roots = await knex('access_keys').where({ principal: 'root' }).distinct('account_id');
  for (const { account_id } of roots) {
    await knex('accounts').insert({ account_id, created_at: Date.now() });
  }

  await knex.schema.createTable('iam_entities', (table) => {
    table.string('account_id', 12).notNullable();
    table.string('kind', 16).notNullable();
    table.string('name_key', 512).notNullable();
    table.string('path', 512).notNullable();
    table.string('unique_id', 700).notNullable().unique();
    table.text('body').notNullable();
    table.primary(['account_id', 'kind', 'name_key']);
  });

  await knex.schema.alterTable('access_keys', (table) => {
    table.bigInteger('last_used_at');
    table.string('last_used_region', 32);
    table.string('last_used_service', 32);
    table.index(['account_id', 'principal']);
  });

  await knex.schema.createTable('session_keys', (table) => {
    table.integer('id').primary();
    table.binary('sealed_key').notNullable();
    table.bigInteger('created_at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('session_keys');
  await knex.schema.alterTable('access_keys', (table) => {
    table.dropIndex(['account_id', 'principal']);
    table.dropColumns('last_used_at', 'last_used_region', 'last_used_service');
  });
  await knex.schema.dropTable('iam_entities');
  await knex.schema.dropTable('accounts');
}
