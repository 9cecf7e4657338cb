import { defineServerCommand, LIMIT, limitOf, listed, more } from '../core/server-command.js';
import { table, time } from '../core/table.js';

export const listAliases = defineServerCommand({
  name: 'alias list',
  summary: "list the account's aliases in a Region",
  options: {
    ...LIMIT,
    key: { value: 'key', description: 'only those of this key, by id or ARN' },
  },
  examples: [['strongroom alias list', 'all of them, AWS managed ones too']],
  async run(server, { limit, key }, { tell }) {
    const asked = key === undefined ? {} : { KeyId: key };
    const found = await listed(
      (page) => server.kms('ListAliases', { ...asked, ...page }),
      'Aliases',
      limitOf(limit),
    );
    const rows = found.items.map((each) => [
      ...[each.AliasName, each.TargetKeyId, time(each.LastUpdatedDate)],
    ]);
    const json = { aliases: found.items, truncated: found.truncated };
    const lines = table(['ALIAS', 'KEY', 'UPDATED'], rows, 'There are no aliases.');
    tell([...lines, ...more(found)], json);
    return undefined;
  },
});
