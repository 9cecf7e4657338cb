import { showable } from '../../kernel/showable.js';
import { CommandEnd, defineCommand, EXIT } from '../core/command.js';
import { CRITERIA, criteriaOf, DIR } from './audit-options.js';

export const searchAudit = defineCommand({
  name: 'audit search',
  summary: 'show the records of the audit trail that meet all that is asked',
  options: {
    ...DIR,
    ...CRITERIA,
    limit: { value: 'number', description: 'so many records at most', default: '1000' },
  },
  examples: [
    ['strongroom audit search --event-name Decrypt --outcome failure', 'who was refused, and why'],
    [
      'strongroom audit search --key alias/invoices --from 2026-11-28 --json',
      'records as the trail has them, a line each',
    ],
  ],
  exitCodes: {
    done: 'the records are shown, if there are any',
    failed: 'the trail could not be read',
    usage: 'wrong usage or configuration',
  },
  async run(options, { configuration, json, line }) {
    const limit = Number(options.limit);
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new CommandEnd(EXIT.usage, '--limit is a whole number from 1 on');
    }
    const criteria = criteriaOf(options);
    const audit = await import('../../app/audit.js');
    let shown = 0;
    for await (const found of audit.searchAudit({ configuration, dir: options.dir }, criteria)) {
      const text = json ? found.line.toString() : lineOf(found.record);
      // Whoever reads has had enough.
      if (!(await line(text))) break;
      shown += 1;
      if (shown === limit) break;
    }
    return EXIT.done;
  },
});

type Member = Readonly<Record<string, unknown>>;

function lineOf(record: Member): string {
  const { eventTime, eventName, errorCode, userIdentity, resources, requestID } = record;
  const { arn, invokedBy, accessKeyId, type } = (userIdentity ?? {}) as Member;
  const arns = (Array.isArray(resources) ? resources : []).map((each: Member) => each.ARN);
  const parts = [
    ...[eventTime, eventName, errorCode ?? 'OK', arn ?? invokedBy ?? accessKeyId ?? type],
    ...arns,
    requestID,
  ];
  return showable(parts.map((part) => String(part ?? '-').replace(/\s/g, ' ')).join('  '));
}
