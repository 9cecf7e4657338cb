import { defineServerCommand } from '../core/server-command.js';
import { KEY, keyIdOf } from './key-lines.js';

export const cancelKeyDeletion = defineServerCommand({
  name: 'key cancel-deletion',
  summary: 'keep a key whose deletion is scheduled; it is disabled then',
  operand: KEY,
  options: {},
  examples: [['strongroom key cancel-deletion alias/first', 'then strongroom key enable']],
  async run(server, _options, { tell }, key) {
    const KeyId = await keyIdOf(server, key);
    await server.kms('CancelKeyDeletion', { KeyId });
    tell([`${key} is kept, and disabled`], { KeyId });
    return undefined;
  },
});
