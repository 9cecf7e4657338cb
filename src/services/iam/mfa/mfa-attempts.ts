/**
 * Bounds guessing. An attempt is counted before its code is looked at, in the database, so that neither
 * many calls at once nor many servers nor a restart give more of them.
 */
import type { Knex } from 'knex';
import { type Database, lockTable } from '../../../db/database.js';
import { holdEntity } from '../directory/belongings.js';

/** So many in a row without a right code lock the device. Source: recorded-iam.md §7. */
const MAX_ATTEMPTS = 8;
/** The first lock; each further attempt without success doubles it. AWS's isn't known; this is ours. */
const FIRST_LOCK_MS = 60_000;
const LONGEST_LOCK_MS = 3_600_000;

interface Row {
  serial_number: string;
  attempts: number;
  locked_until: number | string;
  taken_steps: string;
}

export class MfaAttempts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Counts an attempt, which may be made when it is `counted`. */
  async reserve(serialNumber: string, now: number): Promise<'counted' | 'locked' | 'gone'> {
    const counted = await this.#change(serialNumber, (row) => {
      if (Number(row.locked_until) > now) return undefined;
      const attempts = row.attempts + 1;
      const over = attempts - MAX_ATTEMPTS;
      const lock = over < 0 ? 0 : Math.min(FIRST_LOCK_MS * 2 ** over, LONGEST_LOCK_MS);
      return { ...row, attempts, locked_until: lock === 0 ? 0 : now + lock };
    });
    if (counted === undefined) return 'gone';
    return counted ? 'counted' : 'locked';
  }

  /**
   * Takes the code of a step, once; then nothing counts that was tried before.
   * @param oldest older steps need no longer be known, since no code of theirs would do
   * @returns whether it had not been taken, of a device that is there
   */
  async take(serialNumber: string, step: number, oldest: number): Promise<boolean> {
    const isNew = await this.#change(serialNumber, (row) => {
      const taken: number[] = JSON.parse(row.taken_steps);
      if (taken.includes(step)) return undefined;
      const kept = [...taken.filter((each) => each >= oldest), step];
      return { ...row, attempts: 0, locked_until: 0, taken_steps: JSON.stringify(kept) };
    });
    return isNew ?? false;
  }

  /**
   * @param change of the row as it is now; undefined leaves it.
   * @returns whether it was changed; undefined: there is no such device any more
   */
  async #change(
    serialNumber: string,
    change: (row: Row) => Row | undefined,
  ): Promise<boolean | undefined> {
    return this.#database.transaction(async (transaction: Knex.Transaction) => {
      if (!(await holdEntity(transaction, serialNumber))) return undefined;
      await lockTable(transaction, 'mfa_attempts');
      const none = { serial_number: serialNumber, attempts: 0, locked_until: 0, taken_steps: '[]' };
      await transaction('mfa_attempts').insert(none).onConflict('serial_number').ignore();
      const rows = () => transaction<Row>('mfa_attempts').where({ serial_number: serialNumber });
      const changed = change((await rows().first()) ?? none);
      if (!changed) return false;
      await rows().update(changed);
      return true;
    });
  }
}
