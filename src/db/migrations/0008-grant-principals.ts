/**
 * Grants are listed by who their principals are, no longer by the ARN that they had when the grant was
 * made: users move, and names are given again.
 */
import type { Knex } from 'knex';

const BATCH = 500;

interface Row {
  readonly region: string;
  readonly key_id: string;
  readonly grant_id: string;
  readonly body: string;
}

interface Named {
  readonly name: string;
  readonly uniqueId?: string;
}

export async function up(knex: Knex): Promise<void> {
  await rename(knex, idOf);
}

export async function down(knex: Knex): Promise<void> {
  await rename(knex, ({ name }) => name);
}

async function rename(knex: Knex, called: (principal: Named) => string): Promise<void> {
  let after = '';
  for (;;) {
    const rows: Row[] = await knex('grants')
      .where('grant_id', '>', after)
      .orderBy('grant_id')
      .limit(BATCH);
    for (const { region, key_id, grant_id, body } of rows) {
      const { grantee, retiring } = JSON.parse(body);
      await knex('grants')
        .where({ region, key_id, grant_id })
        .update({ grantee: called(grantee), retiring: retiring ? called(retiring) : null });
    }
    const last = rows.at(-1)?.grant_id;
    if (last === undefined) return;
    after = last;
  }
}

/** As the code of this day has it; a migration doesn't change with it. */
function idOf({ name, uniqueId }: Named): string {
  const account = /^(?:arn:[a-z-]+:iam::)?([0-9]{12})(?::root)?$/.exec(name)?.[1];
  if (account !== undefined) return account;
  if (uniqueId === undefined) return name;
  return name.includes(':assumed-role/')
    ? `${uniqueId}:${name.slice(name.lastIndexOf('/') + 1)}`
    : uniqueId;
}
