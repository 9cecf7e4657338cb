/** Text against patterns, character by character, in UTF-16 units. Source: recorded-iam.md §1.12. */

/** A `*` and a `?` that a variable brought in: characters like any other. */
const LITERAL = { '*': '\uE000', '?': '\uE001' } as const;

export function literally(text: string): string {
  return text.replaceAll('*', LITERAL['*']).replaceAll('?', LITERAL['?']);
}

export function plainly(text: string): string {
  return text.replaceAll(LITERAL['*'], '*').replaceAll(LITERAL['?'], '?');
}

export function isLike(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const [first, rest] = [pattern.charAt(0), pattern.slice(1)];
  if (first === '*') return isLike(rest, text) || (text !== '' && isLike(pattern, text.slice(1)));
  if (text === '') return false;
  return (first === '?' || plainly(first) === text.charAt(0)) && isLike(rest, text.slice(1));
}
