import { defineServerCommand, LIMIT, limitOf, listed, more } from '../core/server-command.js';
import { table, time } from '../core/table.js';

export const listStores = defineServerCommand({
  name: 'store list',
  summary: "list the account's custom key stores in a Region",
  options: LIMIT,
  examples: [['strongroom store list', 'with their states, and why one is not connected']],
  async run(server, { limit }, { tell }) {
    const ask = (page: object) => server.kms('DescribeCustomKeyStores', page);
    const found = await listed(ask, 'CustomKeyStores', limitOf(limit));
    const rows = found.items.map((each) => [
      ...[each.CustomKeyStoreId, each.CustomKeyStoreName, each.CustomKeyStoreType],
      ...[each.CloudHsmClusterId, each.ConnectionState, each.ConnectionErrorCode],
      time(each.CreationDate),
    ]);
    const columns = ['STORE', 'NAME', 'TYPE', 'TOKEN', 'STATE', 'ERROR', 'CREATED'];
    const json = { stores: found.items, truncated: found.truncated };
    tell([...table(columns, rows, 'There are no custom key stores.'), ...more(found)], json);
    return undefined;
  },
});
