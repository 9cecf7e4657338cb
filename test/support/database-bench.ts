import { createSecretKey } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { ChangeFeed } from '../../src/db/changes.js';
import { type Database, migrate, openDatabase, openFeedConnection } from '../../src/db/database.js';
import type { Owner } from '../../src/db/node-identity.js';
import { RowSeals } from '../../src/db/row-seals.js';
import { calendarClock, wallClock } from '../../src/kernel/time.js';
import { RootKeyRepository } from '../../src/keystores/root-token/root-key-repository.js';
import { TokenObjectRepository } from '../../src/keystores/token/token-object-repository.js';
import { makeLog } from '../../src/observe/log.js';
import { LeaseRepository } from '../../src/runtime/lease-repository.js';
import { AccessKeyRepository } from '../../src/services/iam/credentials/access-key-repository.js';
import { IamRepository } from '../../src/services/iam/directory/iam-repository.js';
import { Issuers } from '../../src/services/iam/web-identity/issuers.js';
import { AliasRepository } from '../../src/services/kms/aliases/alias-repository.js';
import { EventRepository } from '../../src/services/kms/events/event-repository.js';
import { GrantRepository } from '../../src/services/kms/grants/grant-repository.js';
import { KeyRepository } from '../../src/services/kms/keys/key-repository.js';
import { LastUsageRepository } from '../../src/services/kms/keys/last-usage-repository.js';
import { CustomKeyStoreRepository } from '../../src/services/kms/stores/custom-key-store-repository.js';
import { type DatabaseMaker, databases } from './databases.js';
import { QUOTAS } from './quotas.js';
import { SCOPE } from './sample-key.js';

/** Every server on a bench's database has the same key for its rows. */
export const ROW_KEY = createSecretKey(Buffer.alloc(32, 1));

export const NODE: Owner = { nodeId: 'node-1', incarnation: 'incarnation-1' };

/** One server's view of a database: a connection and the repositories of its own. */
export interface ServerView {
  readonly database: Database;
  readonly changes: ChangeFeed;
  readonly seals: RowSeals;
  readonly keys: KeyRepository;
  readonly aliases: AliasRepository;
  readonly stores: CustomKeyStoreRepository;
  readonly roots: RootKeyRepository;
  readonly accessKeys: AccessKeyRepository;
  readonly grants: GrantRepository;
  readonly events: EventRepository;
  readonly lastUsage: LastUsageRepository;
  readonly leases: (holder: string) => LeaseRepository;
  readonly iam: IamRepository;
  readonly issuers: Issuers;
  readonly objects: (owner?: Owner) => TokenObjectRepository;
  /** Messages of the log's errors. */
  readonly errors: string[];
  readonly close: () => Promise<void>;
}

/** A database of each test's own, with a clock that stands still until it is moved. */
export class DatabaseBench {
  #maker: DatabaseMaker | undefined;
  #opened: ServerView[] = [];
  #url = '';
  now = 0;

  /** The URL of the running test's database. */
  get url(): string {
    return this.#url;
  }

  async prepare(maker: DatabaseMaker): Promise<void> {
    this.#maker = maker;
  }

  async begin(): Promise<void> {
    if (!this.#maker) throw new Error('the bench is not prepared');
    this.#url = await this.#maker.create();
    this.now = Date.UTC(2026, 0, 2);
  }

  async end(): Promise<void> {
    for (const view of this.#opened.splice(0)) {
      await view.close();
    }
  }

  async dispose(): Promise<void> {
    await this.#maker?.dispose();
  }

  /** Another server on the same database, brought up to date. */
  async server({ migrated = true } = {}): Promise<ServerView> {
    const database = await openDatabase({ url: this.#url });
    const looksAt = await openFeedConnection({ url: this.#url });
    const errors: string[] = [];
    const write = (line: string) => errors.push(JSON.parse(line).msg);
    const log = makeLog({ level: 'error', destination: { write } });
    const now = () => this.now;
    const changes = new ChangeFeed({
      database,
      looksAt,
      now,
      monotonic: now,
      lookEveryMs: 50,
      log,
    });
    // As if it had just looked: memory is trusted until the clock is moved.
    changes.lease.renew(changes.lease.now());
    const seals = new RowSeals(ROW_KEY);
    const view: ServerView = {
      database,
      changes,
      seals,
      keys: new KeyRepository({
        ...{ database, changes, seals, quotas: QUOTAS },
        partition: 'aws',
        maxCachedKeys: 100,
      }),
      aliases: new AliasRepository({
        database,
        changes,
        seals,
        partition: 'aws',
        maxCachedAliases: 100,
        quotas: QUOTAS,
        calendar: calendarClock(now),
      }),
      stores: new CustomKeyStoreRepository({ database, changes, seals, quotas: QUOTAS }),
      roots: new RootKeyRepository({ database, now }),
      accessKeys: new AccessKeyRepository({ database, changes, seals }),
      grants: new GrantRepository({ database, changes, seals, partition: 'aws', quotas: QUOTAS }),
      events: new EventRepository({ database, wallClock: wallClock(now) }),
      lastUsage: new LastUsageRepository(database),
      leases: (holder) => new LeaseRepository({ database, holder, wallClock: wallClock(now) }),
      iam: new IamRepository({ database, changes, seals }),
      issuers: new Issuers({ database, changes, seals, accounts: new Set([SCOPE.accountId]) }),
      objects: (owner = NODE) => new TokenObjectRepository({ database, seals, owner, now }),
      errors,
      close: async () => {
        await changes.stop();
        await looksAt.destroy();
        await database.destroy();
      },
    };
    this.#opened.push(view);
    if (migrated) await migrate(database);
    // Calls made at once must meet in the database, not while their connections are made.
    await Promise.all(Array.from({ length: 8 }, () => database.raw('SELECT 1')));
    return view;
  }
}

/**
 * Runs `tests` on every kind of database; each test finds an empty one.
 * @param only the name of the one kind that they are about
 */
export function describeDatabases(tests: (bench: DatabaseBench) => void, only?: string): void {
  for (const kind of databases.filter(({ name }) => only === undefined || name === only)) {
    describe(`on ${kind.name}`, () => {
      const bench = new DatabaseBench();
      beforeAll(async () => bench.prepare(await kind.prepare()));
      beforeEach(() => bench.begin());
      afterEach(() => bench.end());
      afterAll(() => bench.dispose());
      tests(bench);
    });
  }
}

/** How many calls that were made at once succeeded, and what the others were refused with. */
export async function allAtOnce(
  calls: readonly Promise<unknown>[],
): Promise<{ won: number; refusals: unknown[] }> {
  const outcomes = await Promise.allSettled(calls);
  const refusals = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason] : [],
  );
  return { won: outcomes.length - refusals.length, refusals };
}
