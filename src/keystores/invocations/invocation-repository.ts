import type { Database } from '../../db/database.js';

export class InvocationRepository {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Reserves the next `block` invocations of a key, in one statement: no two servers get the same.
   * @returns how many are reserved in all, these included
   */
  async reserve(name: string, block: number): Promise<number> {
    const [row] = await this.#database('key_invocations')
      .insert({ name, reserved: block })
      .onConflict('name')
      .merge({ reserved: this.#database.raw('?? + ?', ['key_invocations.reserved', block]) })
      .returning('reserved');
    if (row === undefined) throw new Error('the reserved invocations were not answered');
    return Number(row.reserved);
  }
}
