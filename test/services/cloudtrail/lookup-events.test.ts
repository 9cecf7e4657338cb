/** LookupEvents over trails that are written here. Source: CloudTrail API Reference. */
import { appendFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toLine } from '../../../src/audit/line.js';
import { TrailLookup } from '../../../src/audit/lookup/trail-lookup.js';
import { type AuditFacts, buildRecord } from '../../../src/audit/record.js';
import { wallClock } from '../../../src/kernel/time.js';
import { RequestRates } from '../../../src/runtime/request-rates.js';
import { lookupEvents } from '../../../src/services/cloudtrail/lookup-events.operations.js';
import { LookupLimits } from '../../../src/services/cloudtrail/lookup-limits.js';
import { NextTokens } from '../../../src/services/cloudtrail/next-token.js';
import { roleSession, rootUser, user } from '../../support/sample-principal.js';
import { OTHER_REGION } from '../../support/shared-server.js';
import { ACCOUNT_ID, REGION } from '../../support/strongroom.js';

const NOW = Date.parse('2026-11-28T12:00:00Z');
const OTHER_ACCOUNT = '444455556666';
const scopeOf = (accountId: string, region = REGION) => ({ partition: 'aws', accountId, region });
const HERE = scopeOf(ACCOUNT_ID);

let dir: string;
let now: number;
let ports: Parameters<typeof lookupEvents.run>[1];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'strongroom-lookup-'));
  now = NOW;
  ports = portsOn(dir);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function portsOn(directory: string) {
  const clock = wallClock(() => now);
  return {
    lookup: new TrailLookup(directory),
    limits: new LookupLimits(new RequestRates(clock)),
    tokens: new NextTokens(Buffer.alloc(32, 7)),
    wallClock: clock,
  };
}

/** A line of the trail: its id is the event's. */
function lineOf(eventId: string, at: string, more: Partial<AuditFacts> = {}): string {
  const facts: AuditFacts = {
    ...{ eventTime: new Date(at), eventId, requestId: `request-${eventId}` },
    ...{ service: 'kms', operation: 'Encrypt', region: REGION, accountId: ACCOUNT_ID },
    caller: { ...rootUser(), accessKeyId: 'AKIAROOT' },
    ...{ sourceIp: '10.0.0.1', userAgent: 'test', requestParameters: null },
    ...{ responseElements: null, resources: [], readOnly: true },
    ...more,
  };
  return toLine(buildRecord(facts));
}

interface Answer {
  readonly Events: readonly { readonly EventId?: string }[];
  readonly NextToken?: string;
}

/** As the operation runs it; the clock goes on, so that the rate is no matter. */
async function lookUp(input: object, scope = HERE): Promise<Answer> {
  now += 1000;
  const call = { input: lookupEvents.decode(input), scope, deadline: now + 10_000 };
  return (await lookupEvents.run(call as never, ports)) as unknown as Answer;
}

const idsOf = ({ Events }: Answer) => Events.map(({ EventId }) => EventId);

async function allPages(input: object): Promise<{ ids: unknown[]; pages: number }> {
  const ids: unknown[] = [];
  let pages = 0;
  let NextToken: string | undefined;
  do {
    const answer = await lookUp({ ...input, ...(NextToken !== undefined && { NextToken }) });
    ids.push(...idsOf(answer));
    pages += 1;
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  return { ids, pages };
}

const byAttribute = (AttributeKey: string, AttributeValue: string) => ({
  LookupAttributes: [{ AttributeKey, AttributeValue }],
});

describe('pages', () => {
  /** Some lines are longer than what is read at once, one is torn, one is empty. */
  const FILES: readonly (readonly [file: string, ids: readonly string[]])[] = [
    ['2026-11-26.jsonl', ['a1', 'a2', 'a3', 'a4', 'a5']],
    ['2026-11-27.jsonl', ['b1']],
    ['2026-11-27.1.jsonl', ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7']],
    ['2026-11-28.jsonl', []],
  ];
  const userAgent = 'x'.repeat(2000);
  const additionalEventData = { padding: 'y'.repeat(100_000) };

  async function writeFiles(compress: readonly string[]): Promise<void> {
    for (const [file, ids] of FILES) {
      const day = file.slice(0, 10);
      const lines = ids.map((id, index) =>
        lineOf(id, `${day}T10:00:0${index}Z`, { userAgent, additionalEventData }),
      );
      const text = `${lines.join('')}\n{"eventID":"torn\n`;
      if (compress.includes(file)) await writeFile(join(dir, `${file}.gz`), gzipSync(text), OWN);
      else await writeFile(join(dir, file), text, OWN);
    }
    await writeFile(join(dir, 'digest.json'), '{}', OWN);
  }
  const OWN = { mode: 0o600 };
  const NEWEST_FIRST = FILES.flatMap(([, ids]) => ids).toReversed();

  it.each([
    { MaxResults: 1, compress: [] },
    { MaxResults: 3, compress: [] },
    { compress: [] },
    { MaxResults: 1, compress: ['2026-11-26.jsonl', '2026-11-27.1.jsonl'] },
    { MaxResults: 3, compress: ['2026-11-26.jsonl', '2026-11-27.jsonl'] },
    { compress: FILES.map(([file]) => file) },
  ])('$MaxResults each, compressed $compress: every event once, the newest first', async (each) => {
    const { compress, ...input } = each;
    await writeFiles(compress);
    const { ids } = await allPages(input);
    expect(ids).toEqual(NEWEST_FIRST);
  });

  it('go on where they ended, whatever is written and compressed meanwhile', async () => {
    await writeFiles([]);
    const first = await lookUp({ MaxResults: 3 });
    expect(idsOf(first)).toEqual(NEWEST_FIRST.slice(0, 3));
    await appendFile(join(dir, '2026-11-28.jsonl'), lineOf('late', '2026-11-28T11:00:00Z'));
    const file = join(dir, '2026-11-27.1.jsonl');
    const text = await readFile(file);
    await writeFile(`${file}.gz`, gzipSync(text), OWN);
    await rename(file, join(dir, 'elsewhere'));
    const { NextToken } = first;
    expect(idsOf(await lookUp({ MaxResults: 50, NextToken }))).toEqual(NEWEST_FIRST.slice(3));
  });

  it('end before too much is read', async () => {
    const other = { accountId: OTHER_ACCOUNT, additionalEventData };
    await writeFiles([]);
    const padding = lineOf('other', '2026-11-28T10:00:00Z', other).repeat(200);
    await appendFile(join(dir, '2026-11-28.jsonl'), padding);
    const first = await lookUp({});
    expect(first).toEqual({ Events: [], NextToken: expect.any(String) });
    const { ids, pages } = await allPages({});
    expect(ids).toEqual(NEWEST_FIRST);
    expect(pages).toBeLessThan(5);
  });
});

describe('what is looked up', () => {
  const keyArn = (id: string) => `arn:aws:kms:${REGION}:${ACCOUNT_ID}:key/${id}`;
  const ada = { ...user('ada'), accessKeyId: 'AKIAADA' };
  const session = { ...roleSession('clerk', 'tuesday'), accessKeyId: 'ASIACLERK' };
  const ofKey = { resources: [{ accountId: ACCOUNT_ID, arn: keyArn('k1') }] };
  /** What would be another's if only the text counted. */
  const quoting = { note: `"recipientAccountId":"${ACCOUNT_ID}","awsRegion":"${REGION}"` };

  beforeEach(() =>
    writeFile(
      join(dir, '2026-11-28.jsonl'),
      [
        lineOf('1', '2026-11-28T08:00:00Z', { caller: ada, ...ofKey }),
        lineOf('2', '2026-11-28T09:00:00Z', { caller: session, operation: 'Decrypt' }),
        lineOf('3', '2026-11-28T10:00:00Z', {
          ...{ service: 'iam', operation: 'CreateUser', readOnly: false },
          resources: [
            { accountId: ACCOUNT_ID, type: 'AWS::IAM::User', arn: 'arn:aws:iam::1:user/"q"' },
          ],
        }),
        lineOf('4', '2026-11-28T11:00:00Z', {
          accountId: OTHER_ACCOUNT,
          requestParameters: quoting,
        }),
        lineOf('5', '2026-11-28T11:00:00Z', { region: OTHER_REGION, requestParameters: quoting }),
      ].join(''),
      { mode: 0o600 },
    ),
  );

  it.each([
    { input: {}, ids: ['3', '2', '1'] },
    { input: byAttribute('EventId', '2'), ids: ['2'] },
    { input: byAttribute('EventName', 'Decrypt'), ids: ['2'] },
    { input: byAttribute('EventName', 'Decr'), ids: [] },
    { input: byAttribute('ReadOnly', 'true'), ids: ['2', '1'] },
    { input: byAttribute('ReadOnly', 'false'), ids: ['3'] },
    { input: byAttribute('Username', 'ada'), ids: ['1'] },
    { input: byAttribute('Username', 'tuesday'), ids: ['2'] },
    { input: byAttribute('Username', 'root'), ids: ['3'] },
    { input: byAttribute('ResourceType', 'AWS::KMS::Key'), ids: ['1'] },
    { input: byAttribute('ResourceType', 'AWS::Other::Thing'), ids: [] },
    { input: byAttribute('ResourceName', keyArn('k1')), ids: ['1'] },
    { input: byAttribute('ResourceName', 'arn:aws:iam::1:user/"q"'), ids: ['3'] },
    { input: byAttribute('EventSource', 'iam.amazonaws.com'), ids: ['3'] },
    { input: byAttribute('AccessKeyId', 'AKIAADA'), ids: ['1'] },
    { input: { LookupAttributes: [] }, ids: ['3', '2', '1'] },
    { input: { StartTime: Date.parse('2026-11-28T09:00:00Z') / 1000 }, ids: ['3', '2'] },
    { input: { EndTime: Date.parse('2026-11-28T09:00:00Z') / 1000 }, ids: ['2', '1'] },
    { input: { EventCategory: 'insight' }, ids: [] },
  ])('$input: $ids', async ({ input, ids }) => {
    expect(idsOf(await lookUp(input))).toEqual(ids);
  });

  it.each([
    { scope: scopeOf(OTHER_ACCOUNT), ids: ['4'] },
    { scope: scopeOf(ACCOUNT_ID, OTHER_REGION), ids: ['5'] },
    { scope: scopeOf('777788889999'), ids: [] },
  ])('$scope.accountId in $scope.region sees its own', async ({ scope, ids }) => {
    expect(idsOf(await lookUp({}, scope))).toEqual(ids);
  });

  it('is of 90 days', async () => {
    now = Date.parse('2027-02-26T08:30:00Z');
    expect(idsOf(await lookUp({}))).toEqual(['3', '2']);
  });

  it('has the members of an event', async () => {
    const { Events } = await lookUp(byAttribute('EventId', '1'));
    const lines = (await readFile(join(dir, '2026-11-28.jsonl'), 'utf8')).split('\n');
    expect(Events).toEqual([
      {
        ...{ EventId: '1', EventName: 'Encrypt', ReadOnly: 'true', AccessKeyId: 'AKIAADA' },
        ...{ EventTime: new Date('2026-11-28T08:00:00Z'), EventSource: 'kms.amazonaws.com' },
        ...{ Username: 'ada', CloudTrailEvent: lines[0] },
        Resources: [{ ResourceType: 'AWS::KMS::Key', ResourceName: keyArn('k1') }],
      },
    ]);
  });
});

describe('what is refused', () => {
  const two = byAttribute('EventName', 'Sign').LookupAttributes;
  it.each([
    ['InvalidLookupAttributesException', { LookupAttributes: [...two, ...two] }],
    ['InvalidLookupAttributesException', byAttribute('Colour', 'red')],
    ['InvalidLookupAttributesException', byAttribute('constructor', 'red')],
    ['InvalidLookupAttributesException', byAttribute('ReadOnly', 'True')],
    ['InvalidMaxResultsException', { MaxResults: 0 }],
    ['InvalidMaxResultsException', { MaxResults: 51 }],
    ['InvalidTimeRangeException', { StartTime: 2, EndTime: 1 }],
    ['InvalidTimeRangeException', { StartTime: NOW / 1000 + 60 }],
    ['InvalidTimeRangeException', { StartTime: 1e300 }],
    ['InvalidEventCategoryException', { EventCategory: 'Management' }],
    ['InvalidNextTokenException', { NextToken: 'AAAA' }],
  ])('%s for %j', async (code, input) => {
    await expect(lookUp(input)).rejects.toMatchObject({ code });
  });

  it('a token for another question, another account, or changed', async () => {
    const line = lineOf('1', '2026-11-28T08:00:00Z');
    await writeFile(join(dir, '2026-11-28.jsonl'), line + line + line, { mode: 0o600 });
    const { NextToken = '' } = await lookUp({ MaxResults: 1 });
    // Of how many there are at once it is no part.
    expect(idsOf(await lookUp({ MaxResults: 2, NextToken }))).toEqual(['1', '1']);
    const octets = Buffer.from(NextToken, 'base64');
    octets[octets.length - 1] = (octets.at(-1) ?? 0) ^ 1;
    const wrong = [
      lookUp({ NextToken, ...byAttribute('EventName', 'Encrypt') }),
      lookUp({ NextToken, StartTime: 1 }),
      lookUp({ NextToken }, scopeOf(OTHER_ACCOUNT)),
      lookUp({ NextToken }, scopeOf(ACCOUNT_ID, OTHER_REGION)),
      lookUp({ NextToken: octets.toString('base64') }),
    ];
    for (const answer of wrong) {
      await expect(answer).rejects.toMatchObject({ code: 'InvalidNextTokenException' });
    }
  });

  it('the third lookup of an account in a Region within a second', async () => {
    const codeOf = async (scope = HERE) => {
      const call = { input: {}, scope, deadline: now + 1000 };
      return lookupEvents.run(call as never, ports).then(
        () => 'OK',
        ({ code }) => code,
      );
    };
    const inTurn = [];
    for (const scope of [HERE, HERE, HERE, scopeOf(OTHER_ACCOUNT)])
      inTurn.push(await codeOf(scope));
    expect(inTurn).toEqual(['OK', 'OK', 'ThrottlingException', 'OK']);
    now += 500;
    expect([await codeOf(), await codeOf()]).toEqual(['OK', 'ThrottlingException']);
  });
});
