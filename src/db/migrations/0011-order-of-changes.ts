/** The change feed misses nothing, whatever the order in which transactions commit. */
import type { Knex } from 'knex';
import { dialectOfClient } from '../dialects/index.js';

export async function up(knex: Knex): Promise<void> {
  await dialectOfClient(knex.client.config.client).orderChanges(knex);
}

export async function down(knex: Knex): Promise<void> {
  if (await knex.schema.hasColumn('changes', 'xid')) {
    await knex.schema.alterTable('changes', (table) => table.dropColumn('xid'));
  }
}
