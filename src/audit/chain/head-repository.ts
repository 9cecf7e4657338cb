import type { Database } from '../../db/database.js';
import type { ChainHead } from './recovery.js';

const TABLE = 'audit_heads';

/** How far the chain of one server's trail has come, outside its directory. */
export class HeadRepository {
  readonly #database: Database;
  readonly #nodeId: string;

  constructor(database: Database, nodeId: string) {
    this.#database = database;
    this.#nodeId = nodeId;
  }

  async find(): Promise<ChainHead | undefined> {
    const row = await this.#database(TABLE)
      .where({ node_id: this.#nodeId })
      .first('sequence', 'sha256');
    return row && { sequence: Number(row.sequence), sha256: String(row.sha256) };
  }

  async put({ sequence, sha256 }: ChainHead): Promise<void> {
    await this.#database(TABLE)
      .insert({ node_id: this.#nodeId, sequence, sha256 })
      .onConflict('node_id')
      .merge(['sequence', 'sha256']);
  }
}
