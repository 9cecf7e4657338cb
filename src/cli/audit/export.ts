import { CommandEnd, defineCommand, EXIT } from '../core/command.js';
import { CRITERIA, criteriaOf, DIR } from './audit-options.js';

export const exportAudit = defineCommand({
  name: 'audit export',
  summary: 'copy records of the audit trail to a file',
  options: {
    ...DIR,
    ...CRITERIA,
    out: { value: 'file', description: 'a new file', required: true },
    format: {
      value: 'format',
      description: 'jsonl: as the trail has them; cloudtrail: {"Records":[…]}, compressed by gzip',
      default: 'jsonl',
    },
  },
  examples: [
    [
      'strongroom audit export --from 2026-11-01 --to 2026-12-01 --format cloudtrail --out november.json.gz',
      'a month, for tools that read log files of CloudTrail',
    ],
  ],
  exitCodes: {
    done: 'the file has them, and how many',
    failed: 'the trail could not be read, or the file not written',
    usage: 'wrong usage or configuration',
  },
  async run({ out, format, dir, ...given }, { configuration, tell }) {
    const criteria = criteriaOf(given);
    if (format !== 'jsonl' && format !== 'cloudtrail') {
      throw new CommandEnd(EXIT.usage, '--format is jsonl or cloudtrail');
    }
    const audit = await import('../../app/audit.js');
    const place = { configuration, dir };
    const records = await audit.exportAudit(place, criteria, { file: out, format });
    tell([`${records} records are in ${out}`], { file: out, format, records });
    return EXIT.done;
  },
});
