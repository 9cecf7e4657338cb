/**
 * What is wrong with an input, in AWS's words (shared reference, errors.md §6), and bounded: an input can
 * be wrong in as many places as it has octets.
 */

/** What is said of a value that violates a constraint. */
interface Judged {
  readonly sensitive?: boolean;
}

/** One answer names so many. */
const MAX_NAMED = 10;
/** UTF-16 code units of a value, and of the place where it stands, that are shown. */
const MAX_VALUE = 16_384;
const MAX_PATH = 512;

export class Failures {
  readonly #texts: string[] = [];

  get some(): boolean {
    return this.#texts.length > 0;
  }

  /** Whether no further one would be named: there is no use in looking for more. */
  get full(): boolean {
    return this.#texts.length >= MAX_NAMED;
  }

  /** @param constraint `Member must …` */
  add(shape: Judged, value: unknown, path: string, constraint: string): void {
    if (this.full) return;
    const shown = shape.sensitive ? 'Value' : `Value ${describe(value)}`;
    const at = `at '${cut(path, MAX_PATH)}'`;
    this.#texts.push(`${shown} ${at} failed to satisfy constraint: ${constraint}`);
  }

  get message(): string {
    const { length } = this.#texts;
    const errors = length === 1 ? 'validation error' : 'validation errors';
    return `${length} ${errors} detected: ${this.#texts.join('; ')}`;
  }
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `'[${listed(value)}]'`;
  if (typeof value !== 'object') return `'${cut(String(value), MAX_VALUE)}'`;
  return `'{${listed(Object.entries(value).map(([key, item]) => `${key}=${String(item)}`))}}'`;
}

function listed(values: readonly unknown[]): string {
  let text = '';
  for (const [index, value] of values.entries()) {
    if (text.length > MAX_VALUE) break;
    const shown = typeof value === 'string' ? cut(value, MAX_VALUE) : '';
    text += index === 0 ? shown : `, ${shown}`;
  }
  return cut(text, MAX_VALUE);
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit).toWellFormed()}…`;
}

export function rangeText(
  noun: 'length' | 'value',
  than: 'greater' | 'less',
  bound: number,
): string {
  return `Member must have ${noun} ${than} than or equal to ${bound}`;
}

export function patternText(pattern: string | undefined): string {
  return `Member must satisfy regular expression pattern: ${pattern}`;
}

export function enumText(values: readonly string[] = []): string {
  return `Member must satisfy enum value set: [${values.join(', ')}]`;
}
