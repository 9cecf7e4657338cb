/** Markers and pages of IAM's List operations. */
import { iamError } from '../errors.js';

const DEFAULT_ITEMS = 100;
const PREFIX = 'after:';

export interface PageInput {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/**
 * One page of what `list` gives after a position, in ascending order of `positionOf`.
 * @throws ServiceError InvalidInput for a marker that isn't ours
 */
export async function page<Item>(
  { Marker, MaxItems = DEFAULT_ITEMS }: PageInput,
  list: (after: string, limit: number) => Promise<readonly Item[]>,
  positionOf: (item: Item) => string,
): Promise<{ items: Item[]; IsTruncated: boolean; Marker?: string }> {
  const found = await list(position(Marker), MaxItems + 1);
  const items = found.slice(0, MaxItems);
  const last = items.at(-1);
  if (found.length <= MaxItems || last === undefined) return { items, IsTruncated: false };
  return { items, IsTruncated: true, Marker: marker(positionOf(last)) };
}

/** The same of a list that is at hand. */
export function pageOf<Item>(
  input: PageInput,
  all: readonly Item[],
  positionOf: (item: Item) => string,
) {
  const sorted = [...all].sort((a, b) => (positionOf(a) < positionOf(b) ? -1 : 1));
  return page(
    input,
    async (after, limit) => sorted.filter((item) => positionOf(item) > after).slice(0, limit),
    positionOf,
  );
}

function marker(after: string): string {
  return Buffer.from(PREFIX + after, 'utf8').toString('base64');
}

function position(given: string | undefined): string {
  if (given === undefined) return '';
  const after = Buffer.from(given, 'base64').toString('utf8').slice(PREFIX.length);
  if (marker(after) !== given) throw iamError('InvalidInput', 'Invalid Marker.');
  return after;
}
