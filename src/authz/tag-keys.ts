/**
 * Tag keys of a request, each also as the resource spells it, where two that differ by case alone are
 * one: who names it in another case changes that one all the same.
 */
export function withStoredSpellings(
  keys: readonly string[],
  stored: Iterable<string>,
): readonly string[] {
  const named = new Set(keys.map((key) => key.toLowerCase()));
  const spelt = [...stored].filter((key) => named.has(key.toLowerCase()));
  return [...new Set([...keys, ...spelt])];
}
