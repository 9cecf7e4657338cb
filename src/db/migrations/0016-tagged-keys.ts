/** Which keys have or had tags: the Resource Groups Tagging API lists those, and no others. */
import type { Knex } from 'knex';
import { dialectOfClient } from '../dialects/index.js';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('tagged_keys', (table) => {
    table.string('region', 32).notNullable();
    table.string('key_id', 64).notNullable();
    table.string('account_id', 12).notNullable();
    table.primary(['region', 'key_id']);
    table.foreign(['region', 'key_id']).references(['region', 'key_id']).inTable('keys');
    table.index(['account_id', 'region', 'key_id']);
  });
  await knex.raw(
    'INSERT INTO tagged_keys (region, key_id, account_id) SELECT DISTINCT region, key_id, account_id FROM tags',
  );
  const { byOctets } = dialectOfClient(knex.client.config.client);
  await knex.raw(
    `CREATE INDEX tags_by_name ON tags (account_id, region, tag_key ${byOctets}, tag_value ${byOctets})`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP INDEX tags_by_name');
  await knex.schema.dropTable('tagged_keys');
}
