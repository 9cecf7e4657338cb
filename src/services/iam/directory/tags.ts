/** Tags of IAM's entities and sessions. Source: IAM User Guide, "Tags for IAM resources", "Rules for tagging". */
import { iamError } from '../errors.js';
import type { EntityKind, Tags } from './entities.js';
import { MAX_TAGS } from './quotas.js';

interface TagMembers {
  readonly Key: string;
  readonly Value: string;
}

export type Tagged = EntityKind | 'session';

/** Of these two keys that differ by case alone are one; of the others, which only keep them, they are two. */
const IGNORING_CASE: ReadonlySet<Tagged> = new Set(['user', 'role', 'session']);

export function ignoresCase(kind: Tagged): boolean {
  return IGNORING_CASE.has(kind);
}

const identityOf = (kind: Tagged) =>
  ignoresCase(kind) ? (key: string) => key.toLowerCase() : (key: string) => key;

/**
 * The tags of something of this kind with these added: a key that it has already gets the new value.
 * @throws ServiceError InvalidInput, LimitExceeded
 */
export function withTags(kind: Tagged, tags: Tags, added: readonly TagMembers[] = []): Tags {
  const identity = identityOf(kind);
  const keys = new Set(added.map(({ Key }) => identity(Key)));
  if (keys.size !== added.length) {
    const insensitive = ' Please note that Tag keys are case insensitive.';
    throw iamError(
      'InvalidInput',
      `Duplicate tag keys found.${ignoresCase(kind) ? insensitive : ''}`,
    );
  }
  if (added.some(({ Key }) => Key.toLowerCase().startsWith('aws:'))) {
    throw iamError('InvalidInput', 'aws: prefixed tag key names are not allowed for external use.');
  }
  const kept = Object.entries(tags).filter(([key]) => !keys.has(identity(key)));
  const all = [...kept, ...added.map(({ Key, Value }) => [Key, Value] as const)];
  if (all.length > MAX_TAGS) {
    throw iamError('LimitExceeded', `The number of tags has reached the maximum limit.`);
  }
  return Object.fromEntries(all);
}

/** The tags without these keys, whether it has them or not. */
export function withoutTags(kind: Tagged, tags: Tags, keys: readonly string[]): Tags {
  const identity = identityOf(kind);
  const gone = new Set(keys.map(identity));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(identity(key))));
}

export function tagList(tags: Tags): TagMembers[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** For conditions: aws:RequestTag and aws:TagKeys. */
export function requestTags(tags: readonly TagMembers[] | undefined): ReadonlyMap<string, string> {
  return new Map(tags?.map(({ Key, Value }) => [Key, Value]));
}
