/** Two pieces of work on one database, the second at each moment of the first. */
import type { Database } from '../../src/db/database.js';

interface Query {
  readonly sql: string;
}
type Run = (this: unknown, connection: unknown, query: Query) => Promise<unknown>;

/** Lets a test stand between a server's work and its database. */
export class Turnstile {
  /** Before each statement, in and out of transactions, this is waited for. */
  turn: ((sql: string) => Promise<void>) | undefined;

  constructor(database: Database) {
    const { client } = database;
    const prototype = client.constructor.prototype as { _query: Run };
    const passes = (sql: string) => this.turn?.(sql);
    const query: Run = async function (connection, asked) {
      await passes(asked.sql);
      return prototype._query.call(this, connection, asked);
    };
    client._query = query;
    // Of which knex makes the clients of transactions.
    client.constructor = { prototype: Object.create(prototype, { _query: { value: query } }) };
  }
}

export interface Interleaved {
  /** Of the server that does the work that is disturbed. */
  readonly turnstile: Turnstile;
  readonly dialect: 'SQLite' | 'PostgreSQL';
  /** A connection of nobody's. */
  readonly watcher: Database;
}

/** Two pieces of work on something that is made anew for each time. */
export interface Pair<World, Answer> {
  readonly make: () => Promise<World>;
  /** Through the turnstile. */
  readonly work: (world: World) => Promise<Answer>;
  /** By another server. */
  readonly other: (world: World) => Promise<Answer>;
  /** @param waited `other` waited for `work`; otherwise it was done before `work` went on */
  readonly check: (
    world: World,
    answers: readonly [Answer, Answer],
    waited: boolean,
  ) => Promise<void>;
}

/**
 * Runs `work` as often as there are moments at which `other` can come between, and `other` at one of
 * them: until it ends, or until it waits for a lock of `work`, which then goes on. Where it waits it
 * would wait for the same at each later moment of that transaction: those are left out.
 * @returns what `work` answers undisturbed
 */
export async function atEachMoment<World, Answer>(
  interleaved: Interleaved,
  { make, work, other, check }: Pair<World, Answer>,
): Promise<Answer> {
  const undisturbed = await make();
  const moments = new Moments(interleaved.dialect);
  const alone = await during(
    interleaved,
    async (sql) => moments.pass(sql),
    () => work(undisturbed),
  );
  let waitedIn: number | undefined;
  for (const [moment, transaction] of moments.all.entries()) {
    if (transaction !== undefined && transaction === waitedIn) continue;
    const world = await make();
    const { answers, waited } = await interleave(
      interleaved,
      moment,
      () => work(world),
      () => other(world),
    );
    await check(world, answers, waited);
    if (waited) waitedIn = transaction;
  }
  return alone;
}

async function interleave<Answer>(
  interleaved: Interleaved,
  moment: number,
  work: () => Promise<Answer>,
  other: () => Promise<Answer>,
) {
  const { dialect, watcher } = interleaved;
  const moments = new Moments(dialect);
  let waited = false;
  let disturbing: Promise<PromiseSettledResult<Answer>[]> | undefined;
  const turn = async (sql: string) => {
    if (moments.pass(sql) !== moment) return;
    let ended = false;
    disturbing = Promise.allSettled([other()]);
    const end = disturbing.then(() => {
      ended = true;
    });
    if (dialect === 'SQLite') await end;
    while (!ended && !waited) {
      waited = await isWaiting(watcher);
      if (!waited) await Promise.race([end, nextLook()]);
    }
  };
  const [done] = await Promise.allSettled([during(interleaved, turn, work)]);
  if (!disturbing) throw new Error(`the work has no moment ${moment}`);
  const [otherDone] = await disturbing;
  return { waited, answers: [answerIn(done), answerIn(otherDone)] as const };
}

async function during<T>(
  { turnstile }: Interleaved,
  turn: (sql: string) => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  turnstile.turn = async (sql) => void (await turn(sql));
  try {
    return await work();
  } finally {
    turnstile.turn = undefined;
  }
}

function answerIn<T>(result: PromiseSettledResult<T> | undefined): T {
  if (result?.status === 'fulfilled') return result.value;
  throw result?.reason;
}

const nextLook = () => new Promise((resolve) => setTimeout(resolve, 2));

/**
 * On PostgreSQL each statement is a moment. On SQLite, whose transactions are serial, none is but the
 * beginning of a transaction and what runs outside: once it has begun to write nobody else gets in.
 */
class Moments {
  /** Of each moment so far the transaction that it is in, if it is in one. */
  readonly all: (number | undefined)[] = [];
  readonly #dialect: Interleaved['dialect'];
  #transactions = 0;
  #within = false;

  constructor(dialect: Interleaved['dialect']) {
    this.#dialect = dialect;
  }

  /** @returns the moment before this statement, if it is one */
  pass(sql: string): number | undefined {
    const within = this.#within;
    if (/^BEGIN/.test(sql)) {
      this.#within = true;
      this.#transactions += 1;
    }
    if (/^(COMMIT|ROLLBACK)/.test(sql)) this.#within = false;
    if (within && this.#dialect === 'SQLite') return undefined;
    return this.all.push(within ? this.#transactions : undefined) - 1;
  }
}

async function isWaiting(watcher: Database): Promise<boolean> {
  const { rows } = await watcher.raw(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
}
