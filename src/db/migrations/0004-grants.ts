import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('grants', (table) => {
    table.string('region', 32).notNullable();
    table.string('key_id', 64).notNullable();
    table.string('grant_id', 64).notNullable();
    table.string('account_id', 12).notNullable();
    // Also in `body`; here for the listings' sake.
    table.string('grantee', 256).notNullable();
    table.string('retiring', 256);
    table.string('name', 256);
    table.text('body').notNullable();
    table.bigInteger('created_at').notNullable();
    table.primary(['region', 'key_id', 'grant_id']);
    table.foreign(['region', 'key_id']).references(['region', 'key_id']).inTable('keys');
    table.index(['region', 'retiring', 'grant_id']);
    table.index(['region', 'key_id', 'name']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('grants');
}
