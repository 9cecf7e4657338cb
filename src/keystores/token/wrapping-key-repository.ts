import type { Database } from '../../db/database.js';
import type { RowSeals } from '../../db/row-seals.js';
import type { WrappingScheme } from '../../token-host/protocol/wrapped-keys.js';

/** The wrapping key of a token. */
export interface WrappingKeyRow {
  readonly ckaId: string;
  /** How it wraps; undefined until it is known to be in the token and to do so. */
  readonly scheme: WrappingScheme | undefined;
}

interface Row {
  readonly token_id: string;
  readonly cka_id: string;
  readonly scheme: string | null;
  readonly created_at: number | string;
}

export class WrappingKeyRepository {
  readonly #database: Database;
  readonly #seals: RowSeals;
  readonly #now: () => number;

  constructor(options: { database: Database; seals: RowSeals; now: () => number }) {
    this.#database = options.database;
    this.#seals = options.seals;
    this.#now = options.now;
  }

  /** @throws BrokenSeal */
  async find(tokenId: string): Promise<WrappingKeyRow | undefined> {
    const row = await this.#database<Row>('wrapping_keys').where({ token_id: tokenId }).first();
    return row && fromRow(this.#seals.checked('wrapping_keys', row));
  }

  /** The row is there before the token makes the key; the first server's, where several are at it. */
  async intend(tokenId: string, ckaId: string): Promise<void> {
    const row = { token_id: tokenId, cka_id: ckaId, scheme: null, created_at: this.#now() };
    await this.#database('wrapping_keys')
      .insert(this.#seals.sealed('wrapping_keys', row))
      .onConflict('token_id')
      .ignore();
  }

  /**
   * Has the key made and proven by one server after the other.
   * @param make sees the row as it is in the transaction; answers how the key wraps
   * @throws BrokenSeal
   */
  async confirm(
    tokenId: string,
    make: (row: WrappingKeyRow) => Promise<WrappingScheme>,
  ): Promise<WrappingScheme> {
    return this.#database.transaction(async (transaction) => {
      const row = await transaction<Row>('wrapping_keys')
        .where({ token_id: tokenId })
        .forUpdate()
        .first();
      if (!row) throw new Error('the intent of the wrapping key is gone');
      const found = fromRow(this.#seals.checked('wrapping_keys', row));
      if (found.scheme !== undefined) return found.scheme;
      const scheme = await make(found);
      const { token_id, cka_id, created_at } = row;
      const proven = { token_id, cka_id, scheme, created_at };
      await transaction('wrapping_keys')
        .where({ token_id: tokenId })
        .update(this.#seals.sealed('wrapping_keys', proven));
      return scheme;
    });
  }
}

function fromRow({ cka_id, scheme }: Row): WrappingKeyRow {
  return { ckaId: cka_id, scheme: (scheme ?? undefined) as WrappingScheme | undefined };
}
