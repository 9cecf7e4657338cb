import type { Database } from '../../db/database.js';
import type { RowSeals } from '../../db/row-seals.js';

/** A key that signs digests of the audit trail. */
export interface AuditKeyRow {
  readonly number: number;
  /** Of its pair in the token; a `sealed` key has a name only. */
  readonly ckaId: string;
  /** Undefined until the key is known to be there. */
  readonly kind: 'token' | 'sealed' | undefined;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer | undefined;
  readonly sealedPrivate: Buffer | undefined;
}

export type MadeAuditKey = Pick<AuditKeyRow, 'sealedPrivate'> & {
  readonly kind: 'token' | 'sealed';
  readonly publicKey: Buffer;
};

interface Row {
  readonly number: number;
  readonly cka_id: string;
  readonly kind: string | null;
  readonly public_key: string | null;
  readonly sealed_private: Buffer | null;
  readonly created_at: number | string;
}

const TABLE = 'audit_keys';

export class AuditKeyRepository {
  readonly #database: Database;
  readonly #seals: RowSeals;
  readonly #now: () => number;

  constructor(options: { database: Database; seals: RowSeals; now: () => number }) {
    this.#database = options.database;
    this.#seals = options.seals;
    this.#now = options.now;
  }

  /** All keys, the one that signs last. @throws BrokenSeal */
  async list(): Promise<AuditKeyRow[]> {
    const rows = await this.#database<Row>(TABLE).orderBy('number');
    return rows.map((row) => fromRow(this.#seals.checked(TABLE, row)));
  }

  /** The row is there before the token makes the key; the first server's, where several are at it. */
  async intend(number: number, ckaId: string): Promise<void> {
    const row = { number, cka_id: ckaId, kind: null, public_key: null, sealed_private: null };
    await this.#database(TABLE)
      .insert(this.#seals.sealed(TABLE, { ...row, created_at: this.#now() }))
      .onConflict('number')
      .ignore();
  }

  /**
   * Has the key made by one server after the other.
   * @param make sees the row as it is in the transaction
   * @throws BrokenSeal
   */
  async confirm(
    number: number,
    make: (row: AuditKeyRow) => Promise<MadeAuditKey>,
  ): Promise<AuditKeyRow> {
    return this.#database.transaction(async (transaction) => {
      const row = await transaction<Row>(TABLE).where({ number }).forUpdate().first();
      if (!row) throw new Error('the intent of the key of the audit trail is gone');
      const found = fromRow(this.#seals.checked(TABLE, row));
      if (found.kind !== undefined) return found;
      const { kind, publicKey, sealedPrivate } = await make(found);
      const made = {
        ...{ number, cka_id: row.cka_id, kind, public_key: publicKey.toString('base64') },
        ...{ sealed_private: sealedPrivate ?? null, created_at: row.created_at },
      };
      await transaction(TABLE).where({ number }).update(this.#seals.sealed(TABLE, made));
      return { ...found, kind, publicKey, sealedPrivate };
    });
  }
}

function fromRow({ number, cka_id, kind, public_key, sealed_private }: Row): AuditKeyRow {
  return {
    number: Number(number),
    ckaId: cka_id,
    kind: (kind ?? undefined) as AuditKeyRow['kind'],
    publicKey: public_key === null ? undefined : Buffer.from(public_key, 'base64'),
    sealedPrivate: sealed_private ?? undefined,
  };
}
