import { defineServerCommand } from '../core/server-command.js';
import { KEY, keyLines } from './key-lines.js';

export const describeKey = defineServerCommand({
  name: 'key describe',
  summary: 'show what a key is, and in which state',
  operand: KEY,
  options: {},
  examples: [['strongroom key describe alias/first', 'by its alias']],
  async run(server, _options, { tell }, key) {
    const { KeyMetadata } = await server.kms('DescribeKey', { KeyId: key });
    tell(keyLines(Object(KeyMetadata)), Object(KeyMetadata));
    return undefined;
  },
});
