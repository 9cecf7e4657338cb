import { defineServerCommand } from '../core/server-command.js';

export const createAlias = defineServerCommand({
  name: 'alias create',
  summary: 'give a key a name',
  operand: { name: 'alias', description: 'the name, with alias/ before it' },
  options: { key: { value: 'key', description: 'key id or key ARN', required: true } },
  examples: [
    [
      'strongroom alias create alias/first --key 1234abcd-12ab-34cd-56ef-1234567890ab',
      'then alias/first stands for the key',
    ],
  ],
  async run(server, { key }, { tell }, alias) {
    await server.kms('CreateAlias', { AliasName: alias, TargetKeyId: key });
    tell([`${alias} names ${key}`], { AliasName: alias, TargetKeyId: key });
    return undefined;
  },
});
