/** Where each server on the database last ran: one row a data directory. */
import type { Knex } from 'knex';

const TABLE = 'installations';

export interface Installation {
  readonly nodeId: string;
  /** Absolute, without symbolic links. */
  readonly dataDir: string;
  /** The node id of the installation of which this one was made a copy. */
  readonly copyOf: string | undefined;
}

interface Row {
  readonly node_id: string;
  readonly data_dir: string;
  readonly copy_of: string | null;
}

export class Installations {
  readonly #executor: Knex;

  constructor(executor: Knex) {
    this.#executor = executor;
  }

  /** Every installation, the one that started last first; of a database that is older than them, none. */
  async all(): Promise<Installation[]> {
    if (!(await this.#executor.schema.hasTable(TABLE))) return [];
    const rows: readonly Row[] = await this.#executor(TABLE).orderBy('started_at', 'desc');
    return rows.map((row) => ({
      nodeId: row.node_id,
      dataDir: row.data_dir,
      copyOf: row.copy_of ?? undefined,
    }));
  }

  /** @param now epoch milliseconds */
  async record({ nodeId, dataDir, copyOf }: Installation, now: number): Promise<void> {
    await this.#executor(TABLE)
      .insert({ node_id: nodeId, data_dir: dataDir, copy_of: copyOf ?? null, started_at: now })
      .onConflict('node_id')
      .merge();
  }

  async forget(nodeId: string): Promise<void> {
    await this.#executor(TABLE).where({ node_id: nodeId }).delete();
  }
}
