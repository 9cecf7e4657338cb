import type { Knex } from 'knex';
import type { Algorithm, Keyed } from '../../../crypto/algorithms.js';
import { type ChangeFeed, EVERYTHING } from '../../../db/changes.js';
import type { Database } from '../../../db/database.js';
import type { RowSeals } from '../../../db/row-seals.js';
import type { WallClock } from '../../../kernel/time.js';
import { able } from '../../../keystores/contract/abilities.js';
import type { MaterialMaker } from '../../../keystores/contract/materials.js';
import type { Log } from '../../../observe/log.js';
import { keyRef } from './change-refs.js';
import type { KeyRow } from './key-rows.js';

export interface OlderTokenKeysOptions {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly seals: RowSeals;
  readonly log: Log;
  readonly wallClock: WallClock;
}

/** Keys that are named one by one, so that nobody else's are dropped from memory. */
const MAX_NAMED = 1000;
/** Bounds the trials of one kind of key: one is made for them. */
const TRIALS_TIMEOUT_MS = 60_000;

/**
 * Keys in custom key stores without a note of what they can do: made before it was kept, or waiting for
 * their import. Once their store is connected they get the algorithms that it proves.
 */
export class OlderTokenKeys {
  readonly #options: OlderTokenKeysOptions;

  constructor(options: OlderTokenKeysOptions) {
    this.#options = options;
  }

  /** Looks at the keys of one store. Never rejects: what fails is done at the next connection. */
  async settle(customKeyStoreId: string, materials: MaterialMaker): Promise<void> {
    const { log, wallClock } = this.#options;
    if (!able(materials, 'provenAlgorithms')) return;
    try {
      for (const kind of await this.#kinds(customKeyStoreId)) {
        const deadline = wallClock() + TRIALS_TIMEOUT_MS;
        const proven = await materials.provenAlgorithms(kind, deadline);
        // A token that can do nothing at all with its keys is ill, or another one.
        if (proven.length > 0) await this.#note(customKeyStoreId, kind, proven);
      }
    } catch (error) {
      log.warn({ err: error, customKeyStoreId }, 'what older keys can do was not found out');
    }
  }

  async #kinds(customKeyStoreId: string): Promise<Keyed[]> {
    const rows = await this.#options
      .database<KeyRow>('keys')
      .where({ custom_key_store_id: customKeyStoreId })
      .whereNull('proven_algorithms')
      .distinct('key_spec', 'key_usage');
    return rows.map((row) => ({ keySpec: row.key_spec, keyUsage: row.key_usage }));
  }

  async #note(
    customKeyStoreId: string,
    { keySpec, keyUsage }: Keyed,
    proven: readonly Algorithm[],
  ): Promise<void> {
    const { changes, seals } = this.#options;
    const older = (keys: Knex.QueryBuilder) =>
      keys
        .where({ custom_key_store_id: customKeyStoreId, key_spec: keySpec, key_usage: keyUsage })
        .whereNull('proven_algorithms');
    await changes.commit(async (transaction, changed) => {
      let keys: readonly Pick<KeyRow, 'region' | 'key_id'>[] = [];
      await seals.change(transaction, 'keys', older, async () => {
        keys = await older(transaction('keys'))
          .update({ proven_algorithms: JSON.stringify(proven) })
          .returning(['region', 'key_id']);
      });
      const refs =
        keys.length > MAX_NAMED ? [EVERYTHING] : keys.map((key) => keyRef(key.region, key.key_id));
      for (const ref of refs) changed({ kind: 'key', ref });
    });
  }
}
