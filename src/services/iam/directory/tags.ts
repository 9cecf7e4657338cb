/** Tags of IAM's entities. Source: IAM User Guide, "Tags for IAM resources", "Rules for tagging". */
import { iamError } from '../errors.js';
import type { Tags } from './entities.js';

interface TagMembers {
  readonly Key: string;
  readonly Value: string;
}

const MAX_TAGS = 50;

/**
 * Tags with these added: a key that differs by case alone is replaced.
 * @throws ServiceError InvalidInput, LimitExceeded
 */
export function withTags(tags: Tags, added: readonly TagMembers[] = []): Tags {
  const keys = added.map(({ Key }) => Key.toLowerCase());
  if (new Set(keys).size !== keys.length) {
    throw iamError(
      'InvalidInput',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    );
  }
  if (keys.some((key) => key.startsWith('aws:'))) {
    throw iamError('InvalidInput', 'aws: prefixed tag key names are not allowed for external use.');
  }
  const kept = Object.entries(tags).filter(([key]) => !keys.includes(key.toLowerCase()));
  const all = [...kept, ...added.map(({ Key, Value }) => [Key, Value] as const)];
  if (all.length > MAX_TAGS) {
    throw iamError('LimitExceeded', `The number of tags has reached the maximum limit.`);
  }
  return Object.fromEntries(all);
}

export function withoutTags(tags: Tags, keys: readonly string[]): Tags {
  const gone = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key.toLowerCase())));
}

export function tagList(tags: Tags): TagMembers[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** For conditions: aws:RequestTag and aws:TagKeys. */
export function requestTags(tags: readonly TagMembers[] | undefined): ReadonlyMap<string, string> {
  return new Map(tags?.map(({ Key, Value }) => [Key, Value]));
}
