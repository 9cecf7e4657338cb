/** What the commands about the audit trail share. */
import type { Criteria } from '../../app/audit.js';
import { CommandEnd, EXIT } from '../core/command.js';

export const DIR = {
  dir: {
    value: 'dir',
    description: "a trail's directory; default: audit.dir of the configuration",
  },
} as const;

export const TIMES = {
  from: {
    value: 'time',
    description: 'from this time on, such as 2026-11-28 or 2026-11-28T08:30Z',
  },
  to: { value: 'time', description: 'before this time' },
} as const;

export const CRITERIA = {
  ...TIMES,
  'event-name': { value: 'name', description: 'the operation, such as Decrypt' },
  principal: { value: 'who', description: 'an ARN, a name, a unique id or an access key id' },
  key: { value: 'key', description: "a key's ARN or id, or what the request called it" },
  outcome: { value: 'what', description: 'success, failure or an errorCode such as AccessDenied' },
  'request-id': { value: 'id', description: 'the id that the answer had' },
} as const;

type Given = { readonly [Name in keyof typeof CRITERIA]: string | undefined };

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

/** A time in epoch milliseconds. @throws CommandEnd */
export function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const time = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new CommandEnd(EXIT.usage, `--${name} is no time such as 2026-11-28 or 2026-11-28T08:30Z`);
}

/** @throws CommandEnd */
export function timesOf({ from, to }: Pick<Given, 'from' | 'to'>): Pick<Criteria, 'from' | 'to'> {
  const [begin, end] = [timeOf('from', from), timeOf('to', to)];
  return { ...(begin !== undefined && { from: begin }), ...(end !== undefined && { to: end }) };
}

/** @throws CommandEnd */
export function criteriaOf(given: Given): Criteria {
  const { 'event-name': eventName, principal, key, outcome, 'request-id': requestId } = given;
  return {
    ...timesOf(given),
    ...(eventName !== undefined && { eventName }),
    ...(principal !== undefined && { principal }),
    ...(key !== undefined && { key }),
    ...(outcome !== undefined && { outcome }),
    ...(requestId !== undefined && { requestId }),
  };
}
