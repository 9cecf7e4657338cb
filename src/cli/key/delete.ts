import { CommandEnd, EXIT } from '../core/command.js';
import { defineServerCommand } from '../core/server-command.js';
import { time } from '../core/table.js';
import { KEY, keyIdOf } from './key-lines.js';

export const deleteKey = defineServerCommand({
  name: 'key delete',
  summary: 'schedule the deletion of a key, with which all that only it can decrypt is lost',
  operand: KEY,
  options: {
    days: { value: 'number', description: 'days until then, 7 to 30', default: '30' },
  },
  examples: [
    [
      'strongroom key delete alias/old --days 7',
      'until then strongroom key cancel-deletion keeps it',
    ],
  ],
  async run(server, { days }, { tell }, key) {
    if (!/^[0-9]{1,2}$/.test(days)) throw new CommandEnd(EXIT.usage, '--days is a whole number');
    const KeyId = await keyIdOf(server, key);
    const answer = await server.kms('ScheduleKeyDeletion', {
      ...{ KeyId, PendingWindowInDays: Number(days) },
    });
    tell([`${key} is deleted on ${time(answer.DeletionDate)}`], answer);
    return undefined;
  },
});
