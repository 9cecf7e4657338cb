import type { Knex } from 'knex';
import type { Database } from '../../db/database.js';

/** Which token, and which object in it, seals this database. One row, for the database's life. */
export interface RootKeyBinding {
  readonly ckaId: string;
  readonly tokenSerial: string;
  readonly tokenLabel: string;
  /** `intended` until the object is known to be in the token. */
  readonly status: 'intended' | 'live';
  /** A sealed constant: only the right root key opens it. */
  readonly sealedCheck: Buffer | undefined;
}

interface Row {
  id: number;
  cka_id: string;
  token_serial: string;
  token_label: string;
  status: 'intended' | 'live';
  sealed_check: Buffer | null;
  created_at: number | string;
}

const ONLY_ROW = { id: 1 };

export class RootKeyRepository {
  readonly #database: Database;
  readonly #now: () => number;

  constructor(options: { database: Database; now: () => number }) {
    this.#database = options.database;
    this.#now = options.now;
  }

  /** Works on a database that was never migrated: such a one has no binding. */
  async find(): Promise<RootKeyBinding | undefined> {
    if (!(await this.#database.schema.hasTable('root_key'))) return undefined;
    const row = await this.#database<Row>('root_key').where(ONLY_ROW).first();
    return row && fromRow(row);
  }

  /**
   * Changes the sealed constant: one server after the other.
   * @param work sees the binding as it is in the transaction; answers the new one, or undefined
   */
  async change(
    work: (transaction: Knex.Transaction, binding: RootKeyBinding) => Promise<Buffer | undefined>,
  ): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const row = await transaction<Row>('root_key').where(ONLY_ROW).forUpdate().first();
      if (!row) return;
      const sealedCheck = await work(transaction, fromRow(row));
      if (!sealedCheck) return;
      await transaction('root_key').where(ONLY_ROW).update({ sealed_check: sealedCheck });
    });
  }

  async intend(ckaId: string, token: { serial: string; label: string }): Promise<void> {
    await this.#database('root_key').insert({
      ...ONLY_ROW,
      cka_id: ckaId,
      token_serial: token.serial,
      token_label: token.label,
      status: 'intended',
      created_at: this.#now(),
    });
  }

  /** The root key is in this token, which need not be the one that it was intended for. */
  async confirm(sealedCheck: Buffer, token: { serial: string; label: string }): Promise<void> {
    await this.#database('root_key').where(ONLY_ROW).update({
      status: 'live',
      sealed_check: sealedCheck,
      token_serial: token.serial,
      token_label: token.label,
    });
  }
}

function fromRow(row: Row): RootKeyBinding {
  return {
    ckaId: row.cka_id,
    tokenSerial: row.token_serial,
    tokenLabel: row.token_label,
    status: row.status,
    sealedCheck: row.sealed_check ?? undefined,
  };
}
