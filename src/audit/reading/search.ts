/** Searches a trail as a stream: memory doesn't grow with it. */
import type { Buffer } from 'node:buffer';
import { storedTrailFiles } from '../trail-files.js';
import { linesOf } from './lines.js';

/** What a record must be; what isn't given is not asked. */
export interface Criteria {
  /** Of eventTime, in epoch milliseconds: from this moment, and before that one. */
  readonly from?: number;
  readonly to?: number;
  readonly eventName?: string;
  /** An ARN, a user's or role's name, a principal's or an access key's id. */
  readonly principal?: string;
  /** A key's ARN or id, or how the request named it. */
  readonly key?: string;
  /** `success`, `failure`, or an errorCode. */
  readonly outcome?: string;
  readonly requestId?: string;
}

/** Records as they were parsed: anything may stand in a file. */
export interface FoundRecord {
  readonly line: Buffer;
  readonly record: Readonly<Record<string, unknown>>;
}

/**
 * The records that meet all criteria, in the order in which they were written.
 * @throws the file system's error
 */
export async function* searchTrail(dir: string, criteria: Criteria): AsyncGenerator<FoundRecord> {
  const { from } = criteria;
  // What was written before a day happened before it.
  const firstDay = from === undefined ? '' : new Date(from).toISOString().slice(0, 10);
  const must = bytesOf(criteria);
  for (const { name, path, compressed } of await storedTrailFiles(dir)) {
    if (name.day < firstDay) continue;
    for await (const lines of linesOf(path, { compressed })) {
      for (const { text } of lines) {
        if (!must.every((part) => text.includes(part))) continue;
        const record = recordOf(text);
        if (record && meets(record, criteria)) yield { line: text, record };
      }
    }
  }
}

/** Octets without which no line meets the criteria: most lines needn't be parsed. */
function bytesOf({ eventName, requestId }: Criteria): string[] {
  return [eventName, requestId].filter(
    (text) => text !== undefined && /^[\w-]+$/.test(text),
  ) as string[];
}

type Member = Readonly<Record<string, unknown>>;

function meets(record: Member, criteria: Criteria): boolean {
  const { from, to, eventName, requestId, outcome, principal, key } = criteria;
  const time = Date.parse(String(record.eventTime));
  if (from !== undefined && !(time >= from)) return false;
  if (to !== undefined && !(time < to)) return false;
  if (eventName !== undefined && record.eventName !== eventName) return false;
  if (requestId !== undefined && record.requestID !== requestId) return false;
  if (outcome !== undefined && !hasOutcome(record, outcome)) return false;
  if (principal !== undefined && !principalsOf(record).includes(principal)) return false;
  return key === undefined || keysOf(record).includes(key);
}

function hasOutcome({ errorCode }: Member, outcome: string): boolean {
  if (outcome === 'success') return errorCode === undefined;
  return outcome === 'failure' ? errorCode !== undefined : errorCode === outcome;
}

function principalsOf({ userIdentity }: Member): unknown[] {
  const identity = memberOf(userIdentity);
  const issuer = memberOf(memberOf(identity.sessionContext).sessionIssuer);
  return [identity, issuer].flatMap(({ arn, userName, principalId, accessKeyId, invokedBy }) => [
    ...[arn, userName, principalId, accessKeyId, invokedBy],
  ]);
}

function keysOf({ resources, requestParameters }: Member): unknown[] {
  const arns = (Array.isArray(resources) ? resources : []).map((each) => memberOf(each).ARN);
  const ids = arns.map((arn) => String(arn).split(':key/')[1]);
  const { keyId, sourceKeyId, destinationKeyId } = memberOf(requestParameters);
  return [...arns, ...ids, keyId, sourceKeyId, destinationKeyId];
}

function memberOf(value: unknown): Member {
  return typeof value === 'object' && value !== null ? (value as Member) : {};
}

/** Undefined for what a crash has cut short. */
function recordOf(text: Buffer): Member | undefined {
  try {
    return memberOf(JSON.parse(text.toString()));
  } catch {
    return undefined;
  }
}
