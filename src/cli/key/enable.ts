import { defineServerCommand } from '../core/server-command.js';
import { KEY, keyIdOf } from './key-lines.js';

export const enableKey = defineServerCommand({
  name: 'key enable',
  summary: 'let a disabled key be used again',
  operand: KEY,
  options: {},
  examples: [['strongroom key enable alias/first', 'by its alias']],
  async run(server, _options, { tell }, key) {
    const KeyId = await keyIdOf(server, key);
    await server.kms('EnableKey', { KeyId });
    tell([`${key} is enabled`], { KeyId });
    return undefined;
  },
});
