import type { Database } from './database.js';

/** What becomes of the connections to a database at this moment. */
export interface PoolFigures {
  readonly busy: number;
  readonly free: number;
  /** Who waits for one. */
  readonly awaited: number;
}

export function poolFigures(database: Database): PoolFigures {
  // Knex leaves the pool out of its types.
  const pool: Pool = database.client.pool;
  return { busy: pool.numUsed(), free: pool.numFree(), awaited: pool.numPendingAcquires() };
}

interface Pool {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
}
