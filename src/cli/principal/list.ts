import { defineServerCommand, LIMIT, limitOf, listed, more } from '../core/server-command.js';
import { table } from '../core/table.js';

export const listPrincipals = defineServerCommand({
  name: 'principal list',
  summary: "list the account's users and roles",
  options: LIMIT,
  examples: [['strongroom principal list', 'who policies and grants can name']],
  async run(server, { limit }, { tell }) {
    const most = limitOf(limit);
    const users = await listed((page) => server.iam('ListUsers', page), 'Users', most);
    const roles = await listed((page) => server.iam('ListRoles', page), 'Roles', most);
    const rows = [
      ...users.items.map((user) => ['user', user.UserName, user.Arn, user.CreateDate]),
      ...roles.items.map((role) => ['role', role.RoleName, role.Arn, role.CreateDate]),
    ];
    const truncated = users.truncated || roles.truncated;
    const lines = table(['KIND', 'NAME', 'ARN', 'CREATED'], rows, 'There are no users and roles.');
    tell([...lines, ...more({ truncated })], { users: users.items, roles: roles.items, truncated });
    return undefined;
  },
});
