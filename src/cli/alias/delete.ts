import { defineServerCommand } from '../core/server-command.js';

export const deleteAlias = defineServerCommand({
  name: 'alias delete',
  summary: 'take a name away; the key stays as it is',
  operand: { name: 'alias', description: 'the name, with alias/ before it' },
  options: {},
  examples: [['strongroom alias delete alias/old', 'who calls by it finds no key any more']],
  async run(server, _options, { tell }, alias) {
    await server.kms('DeleteAlias', { AliasName: alias });
    tell([`${alias} is gone`], { AliasName: alias });
    return undefined;
  },
});
