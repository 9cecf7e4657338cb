import type { Answer, ServerClient } from '../../app/client/server-client.js';
import { defineServerCommand, LIMIT, limitOf, listed, more } from '../core/server-command.js';
import { table, time } from '../core/table.js';

/** Keys that are asked about at once. */
const AT_ONCE = 8;

export const listKeys = defineServerCommand({
  name: 'key list',
  summary: "list the account's keys in a Region, with their aliases and states",
  options: LIMIT,
  examples: [
    ['strongroom key list', 'as a table'],
    ['strongroom key list --region eu-west-1 --json', 'for a script'],
  ],
  async run(server, { limit }, { tell }) {
    const most = limitOf(limit);
    const found = await listed((page) => server.kms('ListKeys', page), 'Keys', most);
    const aliases = await aliasesByKey(server, most);
    const keys: Answer[] = [];
    for (let at = 0; at < found.items.length; at += AT_ONCE) {
      const some = found.items.slice(at, at + AT_ONCE);
      keys.push(...(await Promise.all(some.map((key) => described(server, key, aliases)))));
    }
    const rows = keys.map((key) => [
      ...[key.KeyId, Object(key.Aliases).join(','), key.KeyState, key.KeySpec],
      ...[key.KeyUsage, key.Origin, time(key.CreationDate)],
    ]);
    const columns = ['KEY', 'ALIASES', 'STATE', 'SPEC', 'USAGE', 'ORIGIN', 'CREATED'];
    const json = { keys, truncated: found.truncated };
    tell([...table(columns, rows, 'There are no keys.'), ...more(found)], json);
    return undefined;
  },
});

async function aliasesByKey(server: ServerClient, most: number): Promise<Map<unknown, unknown[]>> {
  const { items } = await listed((page) => server.kms('ListAliases', page), 'Aliases', most).catch(
    unlessDenied,
  );
  const byKey = new Map<unknown, unknown[]>();
  for (const { TargetKeyId, AliasName } of items) {
    byKey.set(TargetKeyId, [...(byKey.get(TargetKeyId) ?? []), AliasName]);
  }
  return byKey;
}

/** What its metadata says, or that the caller may not see it. */
async function described(
  server: ServerClient,
  { KeyId, KeyArn }: Answer,
  aliases: ReadonlyMap<unknown, unknown[]>,
): Promise<Answer> {
  const Aliases = aliases.get(KeyId) ?? [];
  try {
    const { KeyMetadata } = await server.kms('DescribeKey', { KeyId });
    return { ...Object(KeyMetadata), Aliases };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'RefusedCall') throw error;
    return { KeyId, Arn: KeyArn, Aliases, KeyState: Object(error).code };
  }
}

function unlessDenied(error: unknown): { readonly items: readonly Answer[] } {
  if (Object(error).code === 'AccessDeniedException') return { items: [] };
  throw error;
}
