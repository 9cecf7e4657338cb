/** What a key's life needs: rotation, import, multi-Region keys, last uses, events, the jobs' lease. */
import type { Knex } from 'knex';

const KEY_COLUMNS = [
  'manager',
  'primary_region',
  'pending_window_days',
  'rotation_period_days',
  'next_rotation_date',
  'on_demand_rotations',
  'tracked_since',
] as const;

const MATERIAL_COLUMNS = [
  'ordinal',
  'status',
  'rotation_date',
  'rotation_type',
  'expiration_model',
  'valid_to',
  'description',
  'check_value',
] as const;

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('keys', (table) => {
    table.string('manager', 16).notNullable().defaultTo('CUSTOMER');
    table.string('primary_region', 32);
    table.integer('pending_window_days');
    table.integer('rotation_period_days');
    table.bigInteger('next_rotation_date');
    table.integer('on_demand_rotations').notNullable().defaultTo(0);
    table.bigInteger('tracked_since').notNullable().defaultTo(0);
    table.index(['next_rotation_date']);
    table.index(['deletion_date']);
    table.index(['key_id']);
  });
  // Uses were not recorded before: what is older than this migration is tracked since now.
  await knex('keys').update({ tracked_since: Date.now() });
  await knex.schema.alterTable('key_materials', (table) => {
    table.integer('ordinal').notNullable().defaultTo(0);
    table.string('status', 32).notNullable().defaultTo('permanent');
    table.bigInteger('rotation_date');
    table.string('rotation_type', 16);
    table.string('expiration_model', 32);
    table.bigInteger('valid_to');
    table.string('description', 256);
    table.binary('check_value');
    table.index(['valid_to']);
  });

  // Related keys of multi-Region keys that live on other servers.
  await knex.schema.createTable('remote_keys', (table) => {
    table.string('account_id', 12).notNullable();
    table.string('key_id', 64).notNullable();
    table.string('region', 32).notNullable();
    table.bigInteger('created_at').notNullable();
    table.primary(['account_id', 'key_id', 'region']);
  });

  await knex.schema.createTable('peer_identity', (table) => {
    table.integer('id').primary();
    table.binary('sealed_key').notNullable();
  });

  await knex.schema.createTable('transport_keys', (table) => {
    table.integer('id').primary();
    table.string('cka_id', 128).notNullable();
    table.string('status', 16).notNullable();
    table.binary('public_key');
    table.string('hash', 16);
  });

  // What servers of other Regions have not heard yet; `removed_region` is empty for a changed state.
  await knex.schema.createTable('peer_news', (table) => {
    table.string('account_id', 12).notNullable();
    table.string('key_id', 64).notNullable();
    table.string('region', 32).notNullable();
    table.string('removed_region', 32).notNullable();
    table.string('nonce', 64).notNullable();
    table.primary(['account_id', 'key_id', 'region', 'removed_region']);
  });

  await knex.schema.createTable('key_last_usage', (table) => {
    table.string('region', 32).notNullable();
    table.string('key_id', 64).notNullable();
    table.string('account_id', 12).notNullable();
    table.string('operation', 64).notNullable();
    table.bigInteger('used_at').notNullable();
    table.string('event_id', 64).notNullable();
    table.string('request_id', 64).notNullable();
    table.primary(['region', 'key_id']);
  });

  // The outbox: written in the transaction that makes the event true, delivered afterwards.
  await knex.schema.createTable('events', (table) => {
    table.bigIncrements('seq');
    table.string('event_id', 64).notNullable().unique();
    table.string('account_id', 12).notNullable();
    table.string('region', 32).notNullable();
    table.string('resource', 2048).notNullable();
    table.string('name', 64).notNullable();
    table.text('details').notNullable();
    table.bigInteger('happened_at').notNullable();
    // Real time before which it is not to be delivered: its details may still be completed.
    table.bigInteger('held_until').notNullable();
    table.boolean('recorded').notNullable().defaultTo(false);
    table.index(['account_id', 'region', 'seq']);
    table.index(['recorded', 'seq']);
  });

  await knex.schema.createTable('event_deliveries', (table) => {
    table.bigInteger('seq').notNullable();
    table.string('webhook', 64).notNullable();
    table.integer('attempts').notNullable();
    table.bigInteger('next_attempt_at').notNullable();
    table.primary(['seq', 'webhook']);
    table.index(['webhook', 'next_attempt_at']);
  });

  // Up to where the outbox has been handed to each webhook.
  await knex.schema.createTable('webhook_positions', (table) => {
    table.string('webhook', 64).primary();
    table.bigInteger('seq').notNullable();
  });

  await knex.schema.createTable('leases', (table) => {
    table.string('name', 64).primary();
    table.string('holder', 128).notNullable();
    table.bigInteger('expires_at').notNullable();
  });

  await knex.schema.createTable('calendar', (table) => {
    table.integer('id').primary();
    table.bigInteger('offset_ms').notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [
    'calendar',
    'leases',
    'webhook_positions',
    'event_deliveries',
    'events',
    'key_last_usage',
    'peer_news',
    'transport_keys',
    'peer_identity',
    'remote_keys',
  ]) {
    await knex.schema.dropTable(table);
  }
  await knex.schema.alterTable('key_materials', (table) => {
    table.dropIndex(['valid_to']);
    for (const column of MATERIAL_COLUMNS) table.dropColumn(column);
  });
  await knex.schema.alterTable('keys', (table) => {
    table.dropIndex(['key_id']);
    table.dropIndex(['deletion_date']);
    table.dropIndex(['next_rotation_date']);
    for (const column of KEY_COLUMNS) table.dropColumn(column);
  });
}
