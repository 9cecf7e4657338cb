/** How IAM's and STS's operations reach what is stored: the contract of the repository. */
import type { Entity, EntityKind, EntityTypes } from './entities.js';

export interface EntityPage {
  /** Only names after this one, in the order of lower-case names. */
  readonly after: string;
  readonly limit: number;
  readonly pathPrefix?: string;
}

export interface DirectoryReader {
  /** @param name in any case */
  find<K extends EntityKind>(
    kind: K,
    accountId: string,
    name: string,
  ): Promise<EntityTypes[K] | undefined>;
  findById(uniqueId: string): Promise<Entity | undefined>;
  /** In the order of lower-case names. */
  list<K extends EntityKind>(
    kind: K,
    accountId: string,
    page?: EntityPage,
  ): Promise<EntityTypes[K][]>;
  count(kind: EntityKind, accountId: string): Promise<number>;
}

/** Reads see this transaction's writes; transactions on IAM run one after the other. */
export interface DirectoryTransaction extends DirectoryReader {
  /** Adds the entity, or replaces the one with its unique id (its name may have changed). */
  put(entity: Entity): Promise<void>;
  /** Takes with it what can't be without it. @throws HasBelongings while something else belongs to it */
  remove(entity: Entity): Promise<void>;
}

export interface Directory extends DirectoryReader {
  /**
   * One change as a whole: rules over several entities are checked and written in one transaction.
   * What `work` throws undoes it. Once it resolves every server's memory follows.
   */
  change<T>(work: (transaction: DirectoryTransaction) => Promise<T>): Promise<T>;
}
