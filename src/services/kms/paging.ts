/** Markers and pages of the List operations. */
import { refuse } from './refusals.js';

const MARKER_PREFIX = 'after:';

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
 * @throws ServiceError InvalidMarkerException
 */
export async function readPage<Item>(
  input: { Limit?: number | undefined; Marker?: string | undefined },
  defaultLimit: number,
  list: (after: string, limit: number) => Promise<Item[]>,
  positionOf: (item: Item) => string,
): Promise<Page<Item>> {
  const limit = input.Limit ?? defaultLimit;
  const found = await list(decodeMarker(input.Marker), limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items, Truncated: false };
  return { items, Truncated: true, NextMarker: encodeMarker(positionOf(last)) };
}

/** @throws ServiceError ValidationException when Limit is above what this operation takes. */
export function requireLimit(input: { Limit?: number | undefined }, max: number): void {
  if (input.Limit !== undefined && input.Limit > max) {
    throw refuse.validation(
      `1 validation error detected: Value '${input.Limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ${max}`,
    );
  }
}

/** Not JSON: its escapes would make markers of some tag keys longer than a Marker may be. */
function encodeMarker(position: string): string {
  return Buffer.from(`${MARKER_PREFIX}${position}`, 'utf8').toString('base64');
}

function decodeMarker(marker: string | undefined): string {
  if (marker === undefined) return '';
  const text = Buffer.from(marker, 'base64').toString('utf8');
  const position = text.slice(MARKER_PREFIX.length);
  // Only a marker that encodes back to itself was ours, whatever base64 and UTF-8 let through.
  if (encodeMarker(position) !== marker) throw refuse.invalidMarker(marker);
  return position;
}
