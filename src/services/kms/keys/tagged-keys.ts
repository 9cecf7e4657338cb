/** Tags of all keys of an account, as other services list them. */
import { byOctets, type Database } from '../../../db/database.js';
import type { Scope } from '../../../kernel/scope.js';
import type { KeyTags, TaggedKey } from '../port.js';
import { keyArn } from './key-id.js';

type Column = 'tag_key' | 'tag_value';

export class TaggedKeys implements KeyTags {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(scope: Scope, after: string, limit: number): Promise<TaggedKey[]> {
    const rows = await this.#tagged(scope)
      .andWhere('key_id', '>', after)
      .orderBy('key_id')
      .limit(limit)
      .select('key_id');
    return this.#withTags(
      scope,
      rows.map((row) => row.key_id),
    );
  }

  async named(scope: Scope, keyIds: readonly string[]): Promise<TaggedKey[]> {
    const rows = await this.#tagged(scope)
      .whereIn('key_id', keyIds)
      .orderBy('key_id')
      .select('key_id');
    return this.#withTags(
      scope,
      rows.map((row) => row.key_id),
    );
  }

  names(scope: Scope, after: string, limit: number): Promise<string[]> {
    return this.#distinct('tag_key', scope, {}, after, limit);
  }

  values(
    scope: Scope,
    tagKey: string,
    after: string | undefined,
    limit: number,
  ): Promise<string[]> {
    return this.#distinct('tag_value', scope, { tag_key: tagKey }, after, limit);
  }

  #tagged({ accountId, region }: Scope) {
    return this.#database('tagged_keys').where({ account_id: accountId, region });
  }

  async #withTags(scope: Scope, keyIds: readonly string[]): Promise<TaggedKey[]> {
    const rows = await this.#database('tags')
      .where({ region: scope.region })
      .whereIn('key_id', keyIds)
      .orderBy(['key_id', 'tag_key'])
      .select('key_id', 'tag_key', 'tag_value');
    const tags = new Map<string, Map<string, string>>(keyIds.map((keyId) => [keyId, new Map()]));
    for (const row of rows) tags.get(row.key_id)?.set(row.tag_key, row.tag_value);
    return keyIds.map((keyId) => ({
      keyId,
      arn: keyArn(scope, keyId),
      tags: tags.get(keyId) ?? new Map(),
    }));
  }

  /** One look into the index for each value, however many keys have it. */
  async #distinct(
    column: Column,
    { accountId, region }: Scope,
    also: { readonly tag_key?: string },
    after: string | undefined,
    limit: number,
  ): Promise<string[]> {
    const name = byOctets(this.#database, column);
    const values = [accountId, region, ...Object.values(also)];
    const equal = [
      ...['account_id = ?', 'region = ?'],
      ...Object.keys(also).map((each) => `${byOctets(this.#database, each)} = ?`),
    ];
    const least = (...more: readonly string[]) =>
      `SELECT min(${name}) FROM tags WHERE ${[...equal, ...more].join(' AND ')}`;
    const past = after === undefined ? [] : [after];
    const found = this.#database.raw(
      `(WITH RECURSIVE found(name) AS (
          SELECT (${least(...past.map(() => `${name} > ?`))})
          UNION ALL SELECT (${least(`${name} > found.name`)}) FROM found WHERE found.name IS NOT NULL
        ) SELECT name FROM found WHERE name IS NOT NULL LIMIT ?) AS found`,
      [...values, ...past, ...values, limit],
    );
    const rows: readonly { readonly name: string }[] = await this.#database
      .from(found)
      .select('name');
    return rows.map(({ name }) => name);
  }
}
