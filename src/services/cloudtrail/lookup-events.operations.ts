/** LookupEvents. Source: CloudTrail API Reference; recorded-iam-cloudtrail-tagging.md §1. */
import { type Static, Type } from 'typebox';
import type { LookupPage, TrailLookup } from '../../audit/lookup/trail-lookup.js';
import { defineIdentityOperation } from '../../declare/identity-operation.js';
import { deadlinePassed } from '../../kernel/common-errors.js';
import type { Scope } from '../../kernel/scope.js';
import { DAY_MS, type Deadline, type WallClock } from '../../kernel/time.js';
import { LOOKUP_ERRORS, refused } from './errors.js';
import { type Event, eventOf } from './event.js';
import { wantedBy } from './lookup-attributes.js';
import type { LookupLimits } from './lookup-limits.js';
import type { NextTokens } from './next-token.js';
import { Event as EventShape, LookupEventsRequest } from './shapes.js';

const MAX_RESULTS = 50;
const KEPT_DAYS = 90;

export interface LookupPorts {
  readonly lookup: TrailLookup;
  readonly limits: LookupLimits;
  readonly tokens: NextTokens;
  readonly wallClock: WallClock;
}

export const lookupEvents = defineIdentityOperation({
  service: 'cloudtrail',
  name: 'LookupEvents',
  summary: 'Lists events of the last 90 days of the account in this Region, the newest first.',
  input: LookupEventsRequest,
  output: Type.Object({
    Events: Type.Array(EventShape),
    NextToken: Type.Optional(Type.String()),
  }),
  access: { by: 'identity', resource: () => '*' },
  readOnly: true,
  errors: LOOKUP_ERRORS,
  audit: {
    request: ['LookupAttributes', 'StartTime', 'EndTime', 'EventCategory', 'MaxResults'],
    response: null,
  },
  async run({ input, scope, deadline }, { lookup, limits, tokens, wallClock }: LookupPorts) {
    const question = asked(input, scope, wallClock());
    const from = input.NextToken ? tokens.read(input.NextToken, question.depends) : undefined;
    // There are no events of insights.
    if (input.EventCategory !== undefined) return { Events: [] };
    const { items, next } = await limits.run(scope, () => {
      const goOn = () => requireTime(deadline, wallClock);
      return lookup.page<Event>({ ...question, from, goOn });
    });
    return {
      Events: newestFirst(items),
      ...(next && { NextToken: tokens.issue(next, question.depends) }),
    };
  },
});

/**
 * What is looked for, and all that decides it.
 * @throws ServiceError
 */
function asked(input: Static<typeof LookupEventsRequest>, scope: Scope, now: number) {
  const { LookupAttributes = [], StartTime, EndTime, EventCategory, MaxResults } = input;
  const { accountId, region } = scope;
  const limit = MaxResults ?? MAX_RESULTS;
  if (limit < 1 || limit > MAX_RESULTS) throw refused('InvalidMaxResultsException');
  if (EventCategory !== undefined && EventCategory !== 'insight') {
    throw refused('InvalidEventCategoryException');
  }
  const start = StartTime?.getTime() ?? 0;
  const end = EndTime?.getTime() ?? Number.POSITIVE_INFINITY;
  // A time that no clock can show is no time.
  if (!(start <= end && start <= now)) throw refused('InvalidTimeRangeException');
  const first = Math.max(start, now - KEPT_DAYS * DAY_MS);
  const wanted = wantedBy(LookupAttributes, scope);
  return {
    depends: [LookupAttributes, StartTime, EndTime, accountId, region],
    limit,
    // A record is written after it happened, and before the next day's end unless its disk was full.
    firstDay: dayOf(first),
    lastDay: end > now ? LAST_DAY : dayOf(end + DAY_MS),
    mayBe: wanted.mayBe,
    read: (line: Buffer) => {
      const event = eventOf(line, scope);
      const time = event?.EventTime?.getTime() ?? 0;
      return event && time >= first && time <= end && wanted.isMet(event) ? event : undefined;
    },
  };
}

/** The day of no file: a clock may have been ahead. */
const LAST_DAY = '9999-12-31';

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** The trail has them in the order in which they were written, which is nearly the same. */
function newestFirst(items: LookupPage<Event>['items']): Event[] {
  const timeOf = ({ EventTime }: Event) => EventTime?.getTime() ?? 0;
  return [...items].sort((a, b) => timeOf(b) - timeOf(a));
}

/** @throws CommonError */
function requireTime(deadline: Deadline, wallClock: WallClock): void {
  if (wallClock() >= deadline) throw deadlinePassed();
}
