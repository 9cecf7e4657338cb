/**
 * What the database says of the objects of a token, for operators. The seals of the rows are not looked
 * at: their key is in the root token, which is not logged in to for a report.
 */
import type { Database } from '../../db/database.js';
import { ckaIdOfName } from './adopted-objects.js';

/** `intended` to `doomed`: see TokenObjectRepository. */
export interface KnownObject {
  readonly ckaId: string;
  readonly is: 'intended' | 'live' | 'adopted' | 'wrapping' | 'doomed' | 'wrapping-key';
  /** Undefined for what is no key's. */
  readonly key:
    | { readonly accountId: string; readonly region: string; readonly keyId: string }
    | undefined;
}

export async function knownObjects(database: Database, tokenId: string): Promise<KnownObject[]> {
  const objects = await database('token_objects')
    .where({ token_id: tokenId })
    .orderBy('cka_id')
    .select('cka_id', 'status', 'account_id', 'region', 'key_id');
  const wrapping = await database('wrapping_keys')
    .where({ token_id: tokenId })
    .whereNotNull('scheme')
    .select('cka_id');
  return [
    ...objects.map((row): KnownObject => {
      const key = { accountId: row.account_id, region: row.region, keyId: row.key_id };
      const isProbe = row.account_id === '-';
      return { ckaId: ckaIdOfName(row.cka_id), is: row.status, key: isProbe ? undefined : key };
    }),
    ...wrapping.map(
      (row): KnownObject => ({ ckaId: row.cka_id, is: 'wrapping-key', key: undefined }),
    ),
  ];
}
