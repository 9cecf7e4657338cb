/** Pages of KMS's List operations. A marker that isn't ours is answered by wording.ts. */
import { type ListAfter, pageAfter } from '../../declare/pages.js';
import { refuse } from './refusals.js';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly Truncated: boolean;
  readonly NextMarker?: string;
}

/**
 * Reads one page.
 * @param input Limit and Marker as they were sent.
 * @param list answers up to `limit` items after a position, in ascending order of it.
 * @param positionOf an item's position.
 * @param of which list it is, where an operation has several.
 * @throws InvalidMarker
 */
export async function readPage<Item>(
  input: { Limit?: number | undefined; Marker?: string | undefined },
  defaultLimit: number,
  list: ListAfter<Item>,
  positionOf: (item: Item) => string,
  of = '',
): Promise<Page<Item>> {
  const { items, next } = await pageAfter(
    input.Marker,
    input.Limit ?? defaultLimit,
    list,
    positionOf,
    of,
  );
  return next === undefined
    ? { items, Truncated: false }
    : { items, Truncated: true, NextMarker: next };
}

/** @throws ServiceError ValidationException when Limit is above what this operation takes. */
export function requireLimit(input: { Limit?: number | undefined }, max: number): void {
  if (input.Limit !== undefined && input.Limit > max) {
    throw refuse.validation(
      `1 validation error detected: Value '${input.Limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ${max}`,
    );
  }
}
