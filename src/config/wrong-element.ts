import Value from 'typebox/value';
import { shown } from './config-error.js';
import type { Shape } from './settings.js';

/** What of a value isn't as its setting wants it, as an error says it: of a list or a map the element. */
export function wrongIn(shape: Shape, value: unknown): string {
  if (shape.type === 'array' && Array.isArray(value)) return wrongItem(shape, value);
  // What should have been a map of URLs may have their passwords in it.
  if (shape.type === 'object') return isMap(value) ? wrongEntry(shape, value) : 'a text or a list';
  return shown(value);
}

function wrongItem({ items }: Shape, list: readonly unknown[]): string {
  const wrong = list.findIndex((item) => items !== undefined && !Value.Check(items, item));
  if (wrong !== -1) return `${shown(list[wrong])} (element ${wrong + 1})`;
  const again = list.find((item, index) => list.indexOf(item) !== index);
  return again === undefined ? `a list of ${list.length}` : `${shown(again)} twice`;
}

/** By its name alone: what stands in the wrong place may be a secret, as a URL with a password. */
function wrongEntry({ patternProperties = {} }: Shape, map: Record<string, unknown>): string {
  const [values] = Object.values(patternProperties);
  const wrong = Object.keys(map).find((name) => values && !Value.Check(values, map[name]));
  return wrong === undefined ? 'a map' : `what ${shown(wrong)} has`;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
