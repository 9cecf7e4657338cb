import { defineServerCommand, LIMIT, limitOf, listed, more } from '../core/server-command.js';
import { table, time } from '../core/table.js';
import { KEY, keyIdOf } from '../key/key-lines.js';

export const listGrants = defineServerCommand({
  name: 'grant list',
  summary: 'list the grants of a key',
  operand: KEY,
  options: LIMIT,
  examples: [['strongroom grant list alias/first', 'who may use it by a grant, and for what']],
  async run(server, { limit }, { tell }, key) {
    const KeyId = await keyIdOf(server, key);
    const ask = (page: object) => server.kms('ListGrants', { KeyId, ...page });
    const found = await listed(ask, 'Grants', limitOf(limit));
    const rows = found.items.map((each) => [
      ...[each.GrantId, each.Name, each.GranteePrincipal, Object(each.Operations).join(',')],
      ...[each.Constraints, time(each.CreationDate)],
    ]);
    const columns = ['GRANT', 'NAME', 'GRANTEE', 'OPERATIONS', 'CONSTRAINTS', 'CREATED'];
    const json = { grants: found.items, truncated: found.truncated };
    tell([...table(columns, rows, 'There are no grants.'), ...more(found)], json);
    return undefined;
  },
});
