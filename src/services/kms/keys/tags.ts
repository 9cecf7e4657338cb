/** Rules for tags. Source: AWS KMS Developer Guide, "Tagging keys"; shared reference, lifecycle.md §6. */
import { kmsError } from '../errors.js';
import type { TagEntry } from '../shapes.js';

const MAX_TAGS = 50;
const RESERVED = /^aws:/i;

/** @throws ServiceError TagException for reserved or repeated tag keys, or more than 50 tags. */
export function checkTags(tags: readonly TagEntry[]): void {
  const names = tags.map((tag) => tag.TagKey);
  checkTagKeys(names);
  if (new Set(names).size !== names.length) throw kmsError('TagException', 'Duplicate tag keys');
  checkTagCount(tags.length);
}

/** @throws ServiceError TagException for tag keys that only AWS may set. */
export function checkTagKeys(tagKeys: readonly string[]): void {
  if (tagKeys.some((name) => RESERVED.test(name))) {
    throw kmsError('TagException', 'Tags beginning with aws: are reserved');
  }
}

/** @throws ServiceError TagException above 50. */
export function checkTagCount(total: number): void {
  if (total > MAX_TAGS) throw kmsError('TagException', 'Too many tags');
}

/** Tags by key. */
export function tagMap(tags: readonly TagEntry[] | undefined): ReadonlyMap<string, string> {
  return new Map(tags?.map((tag) => [tag.TagKey, tag.TagValue]));
}
