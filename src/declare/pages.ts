/** Markers and pages of lists, in no service's words. */

const PREFIX = 'after:';

/** A marker that no answer has had. */
export class InvalidMarker extends Error {
  override readonly name = 'InvalidMarker';
  readonly marker: string;

  constructor(marker: string) {
    super('The marker is none of ours');
    this.marker = marker;
  }
}

/** Up to `limit` items after a position, in ascending order of it. */
export type ListAfter<Item> = (after: string, limit: number) => Promise<readonly Item[]>;

/** One page, and the marker of the next unless this is the last. */
export interface PageOf<Item> {
  readonly items: Item[];
  readonly next: string | undefined;
}

/**
 * Reads the page that a marker begins; without one the first.
 * @param positionOf an item's position, which its list orders by
 * @param of which list it is, where there are several: a marker of another isn't taken
 * @throws InvalidMarker
 */
export async function pageAfter<Item>(
  marker: string | undefined,
  limit: number,
  list: ListAfter<Item>,
  positionOf: (item: Item) => string,
  of = '',
): Promise<PageOf<Item>> {
  const found = await list(positionIn(marker, of), limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const more = found.length > limit && last !== undefined;
  return { items, next: more ? markerOf(of + positionOf(last)) : undefined };
}

/** A list that is at hand, in order. */
export function inOrder<Item>(
  all: readonly Item[],
  positionOf: (item: Item) => string,
): ListAfter<Item> {
  const sorted = [...all].sort((a, b) => (positionOf(a) < positionOf(b) ? -1 : 1));
  return async (after, limit) => sorted.filter((item) => positionOf(item) > after).slice(0, limit);
}

/** Not JSON: its escapes would make markers of some tag keys longer than a Marker may be. */
function markerOf(position: string): string {
  return Buffer.from(`${PREFIX}${position}`, 'utf8').toString('base64');
}

function positionIn(marker: string | undefined, of: string): string {
  if (marker === undefined) return '';
  const position = Buffer.from(marker, 'base64').toString('utf8').slice(PREFIX.length);
  // Only a marker that encodes back to itself was ours, whatever base64 and UTF-8 let through.
  if (markerOf(position) !== marker || !position.startsWith(of)) throw new InvalidMarker(marker);
  return position.slice(of.length);
}
