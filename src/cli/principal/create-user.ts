import { defineServerCommand } from '../core/server-command.js';
import { shown } from '../core/table.js';

export const createUser = defineServerCommand({
  name: 'principal create-user',
  summary: 'make a user, who may do nothing until a policy says so',
  operand: { name: 'name', description: 'the UserName' },
  options: {
    policy: { value: 'arn', description: 'a managed policy to attach', repeats: true },
  },
  examples: [
    ['strongroom principal create-user app', 'then strongroom principal access-key app'],
    [
      'strongroom principal create-user ops --policy arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser',
      'with a managed policy',
    ],
  ],
  async run(server, { policy }, { tell }, name) {
    const { User } = await server.iam('CreateUser', { UserName: name });
    const { Arn } = Object(User);
    // The user is there, whatever becomes of the policies.
    tell([shown(Arn)], Object(User));
    for (const arn of policy) {
      await server.iam('AttachUserPolicy', { UserName: name, PolicyArn: arn });
    }
    return undefined;
  },
});
