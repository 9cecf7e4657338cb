/** What makes the database of a copy one of its own. */
import type { Knex } from 'knex';
import { BrokenSeal, type RowSeals } from '../db/row-seals.js';
import { StartError } from '../kernel/start-error.js';

/**
 * Part of the transaction in which a copy becomes a server of its own. What the copy shares with the
 * original, objects in tokens that were not copied with it, it uses and never destroys; what the original
 * was about to do, it leaves to it.
 * @param ownTokens ids of the tokens that were copied with the data directory
 * @throws StartError when a row of such an object isn't as it was written
 */
export async function leaveToOriginal(
  transaction: Knex.Transaction,
  seals: RowSeals,
  ownTokens: readonly string[],
): Promise<void> {
  const shared = (objects: Knex.QueryBuilder) => objects.whereNotIn('token_id', [...ownTokens]);
  // Without a row an object is left alone.
  await shared(transaction('token_objects')).whereNotIn('status', ['live', 'adopted']).delete();
  const live = (objects: Knex.QueryBuilder) => shared(objects).where({ status: 'live' });
  try {
    await seals.change(transaction, 'token_objects', live, () =>
      live(transaction('token_objects')).update({ status: 'adopted' }),
    );
  } catch (error) {
    throw error instanceof BrokenSeal ? new StartError(error.message) : error;
  }
  // Webhooks and other servers hear of what happened before from the original.
  await transaction('event_deliveries').delete();
  await transaction('webhook_positions').delete();
  await transaction('peer_news').delete();
  await transaction('leases').delete();
}
