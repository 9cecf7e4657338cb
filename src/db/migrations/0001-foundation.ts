/**
 * Points in time are epoch milliseconds. Every row of a customer's data carries its account and
 * Region. Secrets are in columns named `sealed…` and nowhere else.
 */
import type { Knex } from 'knex';

const ID = 128;
const NAME = 256;

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('root_key', (table) => {
    table.integer('id').primary();
    table.string('cka_id', ID).notNullable();
    table.string('token_serial', ID).notNullable();
    table.string('token_label', ID).notNullable();
    table.string('status', 16).notNullable();
    table.binary('sealed_check');
    table.bigInteger('created_at').notNullable();
  });

  await knex.schema.createTable('access_keys', (table) => {
    table.string('access_key_id', ID).primary();
    table.string('account_id', 12).notNullable();
    table.string('principal', ID).notNullable();
    table.string('status', 16).notNullable();
    table.binary('sealed_secret').notNullable();
    table.bigInteger('created_at').notNullable();
  });

  await knex.schema.createTable('custom_key_stores', (table) => {
    table.string('custom_key_store_id', 64).primary();
    table.string('account_id', 12).notNullable();
    table.string('region', 32).notNullable();
    table.string('name', NAME).notNullable();
    table.string('type', 32).notNullable();
    table.string('cloud_hsm_cluster_id', 24).unique();
    table.text('trust_anchor');
    table.binary('sealed_password');
    table.string('connection', 16).notNullable();
    table.string('connection_error', 64);
    table.bigInteger('created_at').notNullable();
    table.unique(['account_id', 'region', 'name']);
  });

  await knex.schema.createTable('keys', (table) => {
    table.string('region', 32).notNullable();
    table.string('key_id', 64).notNullable();
    table.string('account_id', 12).notNullable();
    table.string('key_spec', 64).notNullable();
    table.string('key_usage', 32).notNullable();
    table.string('origin', 32).notNullable();
    table.boolean('multi_region').notNullable();
    table.text('description').notNullable();
    table.boolean('enabled').notNullable();
    table.string('status', 32).notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('deletion_date');
    table
      .string('custom_key_store_id', 64)
      .references('custom_key_store_id')
      .inTable('custom_key_stores');
    table.text('policy').notNullable();
    table.string('current_material_id', 64).notNullable();
    table.primary(['region', 'key_id']);
    table.index(['account_id', 'region', 'key_id']);
    table.index(['custom_key_store_id']);
  });

  await knex.schema.createTable('key_materials', (table) => {
    table.string('region', 32).notNullable();
    table.string('key_id', 64).notNullable();
    table.string('account_id', 12).notNullable();
    table.string('material_id', 64).notNullable();
    table.binary('sealed');
    table.string('cka_id', ID);
    table.bigInteger('created_at').notNullable();
    table.primary(['region', 'key_id', 'material_id']);
    table.foreign(['region', 'key_id']).references(['region', 'key_id']).inTable('keys');
  });

  // What we made or were about to make in a token: written before the object is, so that a crash
  // at any moment leaves a name by which the object can be found and settled.
  await knex.schema.createTable('token_objects', (table) => {
    table.string('cka_id', ID).primary();
    table.string('token_id', 64).notNullable();
    table.string('account_id', 12).notNullable();
    table.string('region', 32).notNullable();
    table.string('key_id', 64).notNullable();
    table.string('status', 16).notNullable();
    table.string('node_id', 64).notNullable();
    table.string('incarnation', 64).notNullable();
    table.bigInteger('created_at').notNullable();
    table.index(['token_id', 'status']);
  });

  await knex.schema.createTable('aliases', (table) => {
    table.string('account_id', 12).notNullable();
    table.string('region', 32).notNullable();
    table.string('name', NAME).notNullable();
    table.string('key_id', 64).notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('updated_at').notNullable();
    table.primary(['account_id', 'region', 'name']);
    table.foreign(['region', 'key_id']).references(['region', 'key_id']).inTable('keys');
    table.index(['region', 'key_id']);
  });

  await knex.schema.createTable('tags', (table) => {
    table.string('region', 32).notNullable();
    table.string('key_id', 64).notNullable();
    table.string('account_id', 12).notNullable();
    table.string('tag_key', 128).notNullable();
    table.string('tag_value', NAME).notNullable();
    table.primary(['region', 'key_id', 'tag_key']);
    table.foreign(['region', 'key_id']).references(['region', 'key_id']).inTable('keys');
  });

  await knex.schema.createTable('changes', (table) => {
    table.bigIncrements('seq');
    table.string('kind', 32).notNullable();
    table.string('ref', 512).notNullable();
    table.bigInteger('created_at').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [
    'changes',
    'tags',
    'aliases',
    'token_objects',
    'key_materials',
    'keys',
    'custom_key_stores',
    'access_keys',
    'root_key',
  ]) {
    await knex.schema.dropTable(table);
  }
}
