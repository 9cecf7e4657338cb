/**
 * With what the root token's PIN is hashed, the same for all servers of a database: they share what they
 * know of it in pin_tries and refused_pins before anything can be unsealed.
 */
import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('root_pin_salt', (table) => {
    table.integer('id').primary();
    table.string('salt', 64).notNullable();
  });
  await knex('root_pin_salt').insert({ id: 1, salt: randomBytes(16).toString('hex') });
}

export async function down(knex: Knex): Promise<void> {
  await knex('pin_tries').where({ token_id: 'root' }).delete();
  await knex('refused_pins').where({ token_id: 'root' }).delete();
  await knex.schema.dropTable('root_pin_salt');
}
