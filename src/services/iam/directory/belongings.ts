/** What belongs to entities of IAM and has tables of its own: it never outlives them. */
import type { Knex } from 'knex';
import { holdRow } from '../../../db/owner-row.js';
import type { Entity, EntityKind } from './entities.js';

interface Belonging {
  readonly table: string;
  /** Names the entity by its unique id. */
  readonly owner: string;
  /** What must happen to these first; without it they go with the entity. */
  readonly must?: string;
}

const BELONGINGS: Readonly<Partial<Record<EntityKind, readonly Belonging[]>>> = {
  user: [
    { table: 'access_keys', owner: 'principal', must: 'must delete access keys first.' },
    { table: 'service_uses', owner: 'unique_id' },
  ],
  role: [{ table: 'service_uses', owner: 'unique_id' }],
  'mfa-device': [{ table: 'mfa_attempts', owner: 'serial_number' }],
};

/** Something still belongs to an entity that is to be removed. */
export class HasBelongings extends Error {
  override readonly name = 'HasBelongings';
}

/**
 * Part of every transaction that gives an entity something in a table of its own: the entity stays until
 * the transaction ends. @returns false: it is gone
 */
export function holdEntity(transaction: Knex.Transaction, uniqueId: string): Promise<boolean> {
  return holdRow(transaction, 'iam_entities', { unique_id: uniqueId });
}

/**
 * Removes an entity with what goes with it. Its own row goes first, so that nobody adds anything any more.
 * @throws HasBelongings
 */
export async function removeEntity(
  transaction: Knex.Transaction,
  { kind, uniqueId }: Pick<Entity, 'kind' | 'uniqueId'>,
): Promise<void> {
  await transaction('iam_entities').where({ unique_id: uniqueId }).delete();
  for (const { table, owner, must } of BELONGINGS[kind] ?? []) {
    const rows = () => transaction(table).where({ [owner]: uniqueId });
    if (must === undefined) await rows().delete();
    else if (await rows().first(owner)) throw new HasBelongings(must);
  }
}
