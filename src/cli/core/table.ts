/** Tables for people. What others have named is shown without what a terminal would obey. */

/** Controls, and what changes the order of a line's characters (Unicode's Bidi_Control). */
const UNSHOWABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Lines with a heading each; columns as wide as what is in them. No rows: one line that says so. */
export function table(
  columns: readonly string[],
  rows: readonly (readonly unknown[])[],
  none: string,
): string[] {
  if (rows.length === 0) return [none];
  const lines = [columns, ...rows.map((row) => row.map(shown))];
  const widths = columns.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  return lines.map((line) =>
    line
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A value as one word or line: `-` for what isn't there. */
export function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replaceAll(UNSHOWABLE, '?');
}

/** A point in time that KMS gives in epoch seconds, in UTC to the second. */
export function time(seconds: unknown): string {
  if (typeof seconds !== 'number') return shown(seconds);
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
