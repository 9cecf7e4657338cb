/** Policy variables. Source: IAM User Guide, "Policy elements: variables and tags"; recorded-iam.md §1.2. */
import { type Entry, entriesNamed, isInvented } from './context.js';
import { literally } from './wildcards.js';

/**
 * Every text that the template can mean. None: a variable has no value. Several: it can't be told, since
 * entries whose names differ by case only say different things, or AWS has no such key.
 */
export function meanings(template: string, entries: readonly Entry[]): readonly string[] {
  const start = template.indexOf('${');
  const end = template.indexOf('}', start);
  if (start < 0 || end < 0) return [template];
  const before = template.slice(0, start);
  const after = meanings(template.slice(end + 1), entries);
  return values(template.slice(start + 2, end), entries).flatMap((value) =>
    after.map((rest) => before + literally(value) + rest),
  );
}

function values(inside: string, entries: readonly Entry[]): readonly string[] {
  if (inside === '*' || inside === '?' || inside === '$') return [inside];
  const [, name = inside, fallback] = /^([^,]*?) *, *'(.*)'$/.exec(inside) ?? [];
  if (isInvented(name)) return ['something', 'something else'];
  const found = entriesNamed(entries, name);
  if (found.length === 0) return fallback === undefined ? [] : [fallback];
  return [...new Set(found.flatMap(({ value }) => (typeof value === 'string' ? value : [])))];
}
