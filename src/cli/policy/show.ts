import { defineServerCommand } from '../core/server-command.js';
import { KEY, keyIdOf } from '../key/key-lines.js';

export const showPolicy = defineServerCommand({
  name: 'policy show',
  summary: "show a key's policy",
  operand: KEY,
  options: {},
  examples: [['strongroom policy show alias/first > policy.json', 'to be edited']],
  async run(server, _options, { tell }, key) {
    const KeyId = await keyIdOf(server, key);
    const { Policy } = await server.kms('GetKeyPolicy', { KeyId });
    const policy: unknown = JSON.parse(String(Policy));
    tell([JSON.stringify(policy, null, 2)], { KeyId, policy });
    return undefined;
  },
});
