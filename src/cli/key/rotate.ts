import { defineServerCommand } from '../core/server-command.js';
import { KEY, keyIdOf } from './key-lines.js';

export const rotateKey = defineServerCommand({
  name: 'key rotate',
  summary: 'give a key new material now; what was encrypted stays readable',
  operand: KEY,
  options: {},
  examples: [['strongroom key rotate alias/first', 'on demand, beside the rotations by date']],
  async run(server, _options, { tell }, key) {
    const KeyId = await keyIdOf(server, key);
    await server.kms('RotateKeyOnDemand', { KeyId });
    tell([`${key} is being rotated`], { KeyId });
    return undefined;
  },
});
