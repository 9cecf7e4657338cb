import { readFile, stat } from 'node:fs/promises';
import { CommandEnd, EXIT } from '../core/command.js';
import { defineServerCommand } from '../core/server-command.js';
import { KEY, keyIdOf } from '../key/key-lines.js';

/** Octets, above the largest policy that a setting allows. */
const MAX_FILE = 1_048_576;

export const setPolicy = defineServerCommand({
  name: 'policy set',
  summary: "replace a key's policy",
  operand: KEY,
  options: {
    file: { value: 'file', description: 'the whole policy, in JSON', required: true },
    'bypass-lockout-check': {
      flag: true,
      description: 'also one by which the caller could not replace it again',
    },
  },
  examples: [
    [
      'strongroom policy set alias/first --file policy.json',
      'as policy show prints it, or by hand',
    ],
  ],
  async run(server, { file, 'bypass-lockout-check': bypass }, { tell }, key) {
    const Policy = await textOf(file);
    const KeyId = await keyIdOf(server, key);
    const members = { KeyId, Policy, BypassPolicyLockoutSafetyCheck: bypass };
    await server.kms('PutKeyPolicy', members);
    tell([`${key} has the policy of ${file}`], { KeyId, file });
    return undefined;
  },
});

async function textOf(file: string): Promise<string> {
  try {
    if ((await stat(file)).size > MAX_FILE)
      throw new CommandEnd(EXIT.usage, `${file} is no policy`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof CommandEnd) throw error;
    throw new CommandEnd(EXIT.usage, `${file} can't be read (${Object(error).code})`);
  }
}
