/** Pages of IAM's List operations. A marker that isn't ours is answered by wording.ts. */
import { inOrder, type ListAfter, pageAfter } from '../../../declare/pages.js';

const DEFAULT_ITEMS = 100;

export interface PageInput {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/**
 * One page of what `list` gives after a position, in ascending order of `positionOf`.
 * @throws InvalidMarker
 */
export async function page<Item>(
  { Marker: marker, MaxItems = DEFAULT_ITEMS }: PageInput,
  list: ListAfter<Item>,
  positionOf: (item: Item) => string,
): Promise<{ items: Item[]; IsTruncated: boolean; Marker?: string }> {
  const { items, next } = await pageAfter(marker, MaxItems, list, positionOf);
  return next === undefined
    ? { items, IsTruncated: false }
    : { items, IsTruncated: true, Marker: next };
}

/** The same of a list that is at hand. */
export function pageOf<Item>(
  input: PageInput,
  all: readonly Item[],
  positionOf: (item: Item) => string,
) {
  return page(input, inOrder(all, positionOf), positionOf);
}
