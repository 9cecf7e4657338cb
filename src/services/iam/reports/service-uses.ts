/** When users and roles last called a service, signed as they must: for reports, nothing is decided by it. */
import type { Principal } from '../../../authz/model.js';
import type { Database } from '../../../db/database.js';
import { holdRows } from '../../../db/owner-row.js';
import type { Log } from '../../../observe/log.js';
import { WriteBehind } from '../../../runtime/write-behind.js';

export interface ServiceUse {
  readonly accountId: string;
  /** The user's or role's; of a session that of whose session it is. */
  readonly uniqueId: string;
  readonly service: string;
  readonly region: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

interface Row {
  account_id: string;
  unique_id: string;
  service: string;
  region: string;
  used_at: number | string;
}

const FLUSH_EVERY_MS = 60_000;
/** Source: IAM User Guide, "Things to know about last accessed information", tracking period. */
const TRACKED_MS = 400 * 86_400_000;

const ENTITIES: ReadonlySet<Principal['type']> = new Set(['User', 'AssumedRole', 'FederatedUser']);

const nameOf = ({ uniqueId, service }: Pick<ServiceUse, 'uniqueId' | 'service'>) =>
  `${uniqueId}/${service}`;

export class ServiceUses {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #uses: WriteBehind<ServiceUse>;

  constructor({
    database,
    now,
    log,
  }: {
    readonly database: Database;
    readonly now: () => number;
    readonly log: Log;
  }) {
    this.#database = database;
    this.#now = now;
    this.#uses = new WriteBehind({
      what: 'last uses of services',
      write: (uses) => this.#write([...uses.values()]),
      intervalMs: FLUSH_EVERY_MS,
      log,
    });
  }

  /** Notes a use in memory; the database hears of it once a minute. Root users and services have none. */
  note({ type, accountId, uniqueId }: Principal, region: string, service: string): void {
    // Who a root user has federated has the account's number.
    if (!ENTITIES.has(type) || uniqueId === accountId) return;
    const use = { accountId, uniqueId, service, region, at: this.#now() };
    this.#uses.note(nameOf(use), use);
  }

  /** The last use of each service by the account's users and roles, as far as this server knows. */
  async ofAccount(accountId: string): Promise<ServiceUse[]> {
    const stored = await this.#stored({ account_id: accountId });
    return this.#newest(stored, (use) => use.accountId === accountId);
  }

  /** The same of one user or role. */
  async of(uniqueId: string): Promise<ServiceUse[]> {
    const stored = await this.#stored({ unique_id: uniqueId });
    return this.#newest(stored, (use) => use.uniqueId === uniqueId);
  }

  /** Writes down the uses that have been noted. */
  stop(): Promise<void> {
    return this.#uses.stop();
  }

  async #stored(where: Partial<Row>): Promise<ServiceUse[]> {
    const rows = await this.#database<Row>('service_uses')
      .where(where)
      .andWhere('used_at', '>', this.#now() - TRACKED_MS);
    return rows.map(fromRow);
  }

  #newest(stored: readonly ServiceUse[], wanted: (use: ServiceUse) => boolean): ServiceUse[] {
    const newest = new Map(stored.map((use) => [nameOf(use), use]));
    for (const [name, use] of this.#uses.noted()) {
      const known = newest.get(name);
      if (wanted(use) && (known?.at ?? 0) <= use.at) newest.set(name, use);
    }
    return [...newest.values()];
  }

  /** Of those who are still there; an older use never replaces a newer one of another server. */
  async #write(uses: readonly ServiceUse[]): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      const ids = [...new Set(uses.map(({ uniqueId }) => uniqueId))];
      const held = await holdRows(
        transaction,
        'iam_entities',
        ids.map((unique_id) => ({ unique_id })),
      );
      const there = new Set(held.map(({ unique_id }) => unique_id));
      for (const use of uses) {
        if (!there.has(use.uniqueId)) continue;
        await transaction('service_uses')
          .insert(toRow(use))
          .onConflict(['unique_id', 'service'])
          .merge()
          .where('service_uses.used_at', '<=', use.at);
      }
    });
  }
}

function toRow({ accountId, uniqueId, service, region, at }: ServiceUse): Row {
  return { account_id: accountId, unique_id: uniqueId, service, region, used_at: at };
}

function fromRow({ account_id, unique_id, service, region, used_at }: Row): ServiceUse {
  return { accountId: account_id, uniqueId: unique_id, service, region, at: Number(used_at) };
}
