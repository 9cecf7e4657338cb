import { defineServerCommand } from '../core/server-command.js';
import { keyIdOf } from '../key/key-lines.js';

export const revokeGrant = defineServerCommand({
  name: 'grant revoke',
  summary: 'take a grant away, and with it what it allowed',
  operand: { name: 'grant', description: 'the GrantId' },
  options: { key: { value: 'key', description: 'the key, in any form', required: true } },
  examples: [['strongroom grant revoke 0c237476b3… --key alias/first', 'by its GrantId']],
  async run(server, { key }, { tell }, grant) {
    const KeyId = await keyIdOf(server, key);
    await server.kms('RevokeGrant', { KeyId, GrantId: grant });
    tell([`the grant ${grant} is gone`], { KeyId, GrantId: grant });
    return undefined;
  },
});
