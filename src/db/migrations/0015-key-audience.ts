/**
 * Whom of other accounts each key's policy names, so that who isn't named is refused without a look at
 * the key; grants are found by their grantee for the same reason.
 */
import type { Knex } from 'knex';

const BATCH = 500;
const ROWS_A_STATEMENT = 100;

interface KeyRow {
  readonly region: string;
  readonly key_id: string;
  readonly account_id: string;
  readonly policy: string;
  readonly policy_principals: string;
}

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('key_audience', (table) => {
    table.string('region', 32).notNullable();
    table.string('key_id', 64).notNullable();
    table.string('account_id', 12).notNullable();
    // An account's number, the unique id of a user or role, or `*`.
    table.string('named', 128).notNullable();
    table.primary(['region', 'key_id', 'named']);
    table.foreign(['region', 'key_id']).references(['region', 'key_id']).inTable('keys');
  });
  await knex.schema.alterTable('grants', (table) => {
    table.index(['region', 'key_id', 'grantee']);
  });
  await nameAudiences(knex);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('grants', (table) => {
    table.dropIndex(['region', 'key_id', 'grantee']);
  });
  await knex.schema.dropTable('key_audience');
}

async function nameAudiences(knex: Knex): Promise<void> {
  let after: readonly [region: string, keyId: string] = ['', ''];
  for (;;) {
    const rows: KeyRow[] = await knex('keys')
      .whereRaw('(region, key_id) > (?, ?)', [...after])
      .orderBy(['region', 'key_id'])
      .limit(BATCH)
      .select('region', 'key_id', 'account_id', 'policy', 'policy_principals');
    for (const row of rows) {
      const { region, key_id, account_id } = row;
      const named = audienceOf(row).map((name) => ({ region, key_id, account_id, named: name }));
      await knex.batchInsert('key_audience', named, ROWS_A_STATEMENT);
    }
    const last = rows.at(-1);
    if (!last) return;
    after = [last.region, last.key_id];
  }
}

/** As the code of this day has it, by and large; a migration doesn't change with it. */
function audienceOf({ account_id: own, policy, policy_principals: json }: KeyRow): string[] {
  const ids: Record<string, string> = JSON.parse(json);
  const audience = new Set<string>();
  for (const { Effect, Principal, Condition } of statementsOf(policy)) {
    if (Effect !== 'Allow') continue;
    const names = Principal === '*' ? ['*'] : [Object(Principal).AWS].flat();
    for (const name of names) {
      const id = name === '*' ? everybody(Condition) : idOf(String(name), own, ids);
      if (id !== undefined && id !== own) audience.add(id);
    }
  }
  return [...audience];
}

function idOf(
  name: string,
  own: string,
  ids: Readonly<Record<string, string>>,
): string | undefined {
  if (/^([0-9]{12}|A(IDA|ROA)[A-Z0-9]{12,28})$/.test(name)) return name;
  const [, account, root] = /^arn:[a-z-]+:(?:iam|sts)::([0-9]{12}):(root$)?/.exec(name) ?? [];
  if (account === own) return undefined;
  if (root) return account;
  return Object.hasOwn(ids, name) ? ids[name] : undefined;
}

/** All, or those of the one account that the condition of AWS managed keys lets through. */
function everybody(condition: unknown): string {
  const account = Object(Object(condition).StringEquals)['kms:CallerAccount'];
  return typeof account === 'string' && /^[0-9]{12}$/.test(account) ? account : '*';
}

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON may be
function statementsOf(policy: string): any[] {
  try {
    return [JSON.parse(policy)?.Statement].flat().filter((one) => typeof one === 'object' && one);
  } catch {
    // It allows nobody anything.
    return [];
  }
}
