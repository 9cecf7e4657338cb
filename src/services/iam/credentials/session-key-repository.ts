import type { Database } from '../../../db/database.js';

const ONLY_ROW = 1;

/** The one key under which session tokens are sealed, itself sealed by the root key. */
export class SessionKeyRepository {
  readonly #database: Database;
  readonly #now: () => number;

  constructor({ database, now }: { database: Database; now: () => number }) {
    this.#database = database;
    this.#now = now;
  }

  async find(): Promise<Buffer | undefined> {
    const row = await this.#database('session_keys').where({ id: ONLY_ROW }).first('sealed_key');
    return row?.sealed_key;
  }

  /** Of servers that start together one stores its key; the others read it. */
  async insertIfAbsent(sealedKey: Buffer): Promise<void> {
    await this.#database('session_keys')
      .insert({ id: ONLY_ROW, sealed_key: sealedKey, created_at: this.#now() })
      .onConflict('id')
      .ignore();
  }
}
