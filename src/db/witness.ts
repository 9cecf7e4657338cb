/** What must be committed with the changes of a piece of work, whoever makes them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Knex } from 'knex';

/** Is asked in each transaction of the change feed; what `begins` and `commits` throw undoes it. */
export interface Witness {
  /** First, before anything waits for a lock. */
  begins(): void;
  /** Last: what follows is the commit itself. */
  commits(transaction: Knex.Transaction): Promise<void>;
  /** After `commits`: the commit was answered, or failed. */
  ended(): void;
}

const witnesses = new AsyncLocalStorage<Witness>();
let working = 0;

/** Runs `work`; whatever it commits meanwhile, `witness` commits with it. */
export async function witnessed<T>(witness: Witness, work: () => Promise<T>): Promise<T> {
  working += 1;
  try {
    return await witnesses.run(witness, work);
  } finally {
    working -= 1;
    // While it is enabled, Node 20 does a little more for every promise of the process.
    if (working === 0) witnesses.disable();
  }
}

/** Of the work that this is part of. */
export function currentWitness(): Witness | undefined {
  return witnesses.getStore();
}
