/** What IAM keeps: one row an entity, its members as JSON. Changes run one after the other. */
import type { Knex } from 'knex';
import type { ChangeFeed } from '../../../db/changes.js';
import { type Database, lockTable } from '../../../db/database.js';
import type { RowSeals } from '../../../db/row-seals.js';
import { AlreadyExists } from '../../../kernel/facts.js';
import { removeEntity } from './belongings.js';
import { iamRef } from './change-refs.js';
import type { Directory, DirectoryReader, DirectoryTransaction, EntityPage } from './directory.js';
import type { Entity, EntityKind, EntityTypes } from './entities.js';

interface Row {
  account_id: string;
  kind: EntityKind;
  name_key: string;
  path: string;
  unique_id: string;
  body: string;
}

const EVERYTHING_PAGE = 500;

export class IamRepository implements Directory {
  readonly #database: Database;
  readonly #changes: ChangeFeed;
  readonly #seals: RowSeals;
  readonly #reader: DirectoryReader;

  constructor({
    database,
    changes,
    seals,
  }: {
    readonly database: Database;
    readonly changes: ChangeFeed;
    readonly seals: RowSeals;
  }) {
    this.#database = database;
    this.#changes = changes;
    this.#seals = seals;
    this.#reader = new Reader(database, seals);
  }

  find<K extends EntityKind>(kind: K, accountId: string, name: string) {
    return this.#reader.find(kind, accountId, name);
  }

  findById(uniqueId: string) {
    return this.#reader.findById(uniqueId);
  }

  list<K extends EntityKind>(kind: K, accountId: string, page?: EntityPage) {
    return this.#reader.list(kind, accountId, page);
  }

  count(kind: EntityKind, accountId: string) {
    return this.#reader.count(kind, accountId);
  }

  /** Every entity of every account that is as it was written, page by page. */
  async *everything(): AsyncGenerator<Entity> {
    let after = '';
    for (;;) {
      const rows = await this.#database<Row>('iam_entities')
        .where('unique_id', '>', after)
        .orderBy('unique_id')
        .limit(EVERYTHING_PAGE);
      yield* this.#seals.intact('iam_entities', rows).map(fromRow);
      const last = rows.at(-1);
      if (!last) return;
      after = last.unique_id;
    }
  }

  change<T>(work: (transaction: DirectoryTransaction) => Promise<T>): Promise<T> {
    return this.#changes.commit(async (transaction, changed) => {
      await lockTable(transaction, 'iam_entities');
      const touched = new Set<string>();
      const result = await work(new Transaction(transaction, this.#seals, touched));
      for (const ref of touched) changed({ kind: 'iam', ref });
      return result;
    });
  }
}

/** @throws BrokenSeal whatever is read and isn't as it was written */
class Reader implements DirectoryReader {
  protected readonly executor: Database | Knex.Transaction;
  protected readonly seals: RowSeals;

  constructor(executor: Database | Knex.Transaction, seals: RowSeals) {
    this.executor = executor;
    this.seals = seals;
  }

  async find<K extends EntityKind>(kind: K, accountId: string, name: string) {
    const row = await this.#rows(kind, accountId)
      .andWhere({ name_key: nameKey(name) })
      .first();
    return row && (this.#entity(row) as EntityTypes[K]);
  }

  async findById(uniqueId: string) {
    const row = await this.executor<Row>('iam_entities').where({ unique_id: uniqueId }).first();
    return row && this.#entity(row);
  }

  async list<K extends EntityKind>(kind: K, accountId: string, page?: EntityPage) {
    const query = this.#rows(kind, accountId).orderBy('name_key');
    if (page) query.andWhere('name_key', '>', nameKey(page.after)).limit(page.limit);
    const { pathPrefix } = page ?? {};
    // Compared as it is: a LIKE would take wildcards and, in SQLite, any case.
    if (pathPrefix) query.whereRaw('substr(path, 1, ?) = ?', [pathPrefix.length, pathPrefix]);
    return (await query).map((row) => this.#entity(row) as EntityTypes[K]);
  }

  async count(kind: EntityKind, accountId: string) {
    const row = await this.executor('iam_entities')
      .where({ account_id: accountId, kind })
      .count({ total: '*' })
      .first();
    return Number(row?.total ?? 0);
  }

  #entity(row: Row): Entity {
    return fromRow(this.seals.checked('iam_entities', row));
  }

  #rows(kind: EntityKind, accountId: string) {
    return this.executor<Row>('iam_entities').where({ account_id: accountId, kind });
  }
}

class Transaction extends Reader implements DirectoryTransaction {
  readonly #transaction: Knex.Transaction;
  readonly #touched: Set<string>;

  constructor(transaction: Knex.Transaction, seals: RowSeals, touched: Set<string>) {
    super(transaction, seals);
    this.#transaction = transaction;
    this.#touched = touched;
  }

  async put(entity: Entity) {
    this.#touched.add(iamRef(entity));
    const row = this.seals.sealed('iam_entities', toRow(entity));
    const taken = await this.find(entity.kind, entity.accountId, entity.name);
    if (taken && taken.uniqueId !== entity.uniqueId) {
      throw new AlreadyExists(`${entity.kind} ${entity.name}`);
    }
    const where = { unique_id: entity.uniqueId };
    if ((await this.executor('iam_entities').where(where).update(row)) === 0) {
      await this.executor('iam_entities').insert(row);
    }
  }

  async remove(entity: Entity) {
    this.#touched.add(iamRef(entity));
    await removeEntity(this.#transaction, entity);
  }
}

function nameKey(name: string): string {
  return name.toLowerCase();
}

function toRow(entity: Entity): Row {
  const { accountId, kind, path, uniqueId, name } = entity;
  return {
    account_id: accountId,
    kind,
    name_key: nameKey(name),
    path,
    unique_id: uniqueId,
    body: JSON.stringify(entity),
  };
}

function fromRow(row: Row): Entity {
  const entity = JSON.parse(row.body);
  return { ...entity, createdAt: new Date(entity.createdAt) };
}
