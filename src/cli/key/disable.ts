import { defineServerCommand } from '../core/server-command.js';
import { KEY, keyIdOf } from './key-lines.js';

export const disableKey = defineServerCommand({
  name: 'key disable',
  summary: 'let a key be used no longer, until it is enabled again',
  operand: KEY,
  options: {},
  examples: [['strongroom key disable alias/first', 'at once; nothing is lost by it']],
  async run(server, _options, { tell }, key) {
    const KeyId = await keyIdOf(server, key);
    await server.kms('DisableKey', { KeyId });
    tell([`${key} is disabled`], { KeyId });
    return undefined;
  },
});
