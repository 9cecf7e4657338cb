import type { StoredDocument } from '../../../authz/unreadable.js';
import type { Database } from '../../../db/database.js';
import { keyArn } from '../keys/key-id.js';
import type { KeyRow } from '../keys/key-rows.js';

const PAGE = 500;

/** The policies of all keys, page by page. */
export async function* storedKeyPolicies(
  database: Database,
  partition: string,
): AsyncGenerator<StoredDocument> {
  let after: readonly [region: string, keyId: string] = ['', ''];
  for (;;) {
    const rows = await database<KeyRow>('keys')
      .whereRaw('(region, key_id) > (?, ?)', [...after])
      .orderBy(['region', 'key_id'])
      .limit(PAGE)
      .select('region', 'key_id', 'account_id', 'policy');
    for (const { region, key_id: keyId, account_id: accountId, policy } of rows) {
      yield { kind: 'key', where: keyArn({ partition, region, accountId }, keyId), text: policy };
    }
    const last = rows.at(-1);
    if (!last) return;
    after = [last.region, last.key_id];
  }
}
