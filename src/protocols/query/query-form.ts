/**
 * The Query protocol's request: a form whose names are paths, `Tags.member.1.Key`. Source: AWS Query
 * protocol (Smithy, "awsQuery"); IAM User Guide, "Making HTTP query requests"; recorded-iam.md §6.
 */

import { isUtf8 } from 'node:buffer';
import { mapValue, type Shape } from '../../declare/validate.js';
import { ServiceError } from '../../kernel/service-error.js';

export type Form = ReadonlyMap<string, string>;

const MAX_PAIRS = 10_000;
const INDEX = /^[1-9][0-9]{0,4}$/;
/** How many elements of a list may be missing in front of one. */
const MAX_SKIPPED = 10;
const LIST_INDEX = /^[1-9][0-9]*$/;
const INT32_MAX = 2 ** 31 - 1;

/**
 * Reads a form, of a body or of a query.
 * @throws ServiceError MalformedQueryString for what is no form of at most 10,000 different names.
 */
export function parseForm(text: string): Form {
  const form = new Map<string, string>();
  if (text === '') return form;
  const pairs = text.split('&', MAX_PAIRS + 1);
  if (pairs.length > MAX_PAIRS) throw malformed('has too many parameters');
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    if (form.has(name)) throw malformed(`has ${JSON.stringify(name.slice(0, 128))} twice`);
    form.set(name, equals === -1 ? '' : decode(pair.slice(equals + 1)));
  }
  return form;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('is not percent-encoded UTF-8');
  }
}

/** The text of a body. @throws ServiceError MalformedQueryString for what isn't UTF-8. */
export function bodyText(body: Buffer): string {
  if (!isUtf8(body)) throw malformed('is not percent-encoded UTF-8');
  return body.toString('utf8');
}

function malformed(what: string): ServiceError {
  return new ServiceError('MalformedQueryString', `The query string ${what}.`);
}

/** The form's members by an operation's input shape, as JSON would give them; others are ignored. */
export function formMembers(form: Form, shape: Shape): unknown {
  return structure(childrenOf(form, shape), shape);
}

/** A node of the tree that the dotted names make. */
interface Node {
  value?: string;
  readonly children: Map<string, Node>;
}

/** Only what the shape has becomes a node: however deep a name is, it costs what a member costs. */
function childrenOf(form: Form, shape: Shape): Node {
  const root: Node = { children: new Map() };
  const first = stepsOf(shape);
  for (const [name, value] of form) {
    let node = root;
    let steps: Steps = first;
    let whole = true;
    for (const part of name.split('.', MAX_DEPTH + 1)) {
      const step = steps(part);
      if (!step) {
        whole = false;
        break;
      }
      node = childOf(node, step.name);
      steps = step.further;
    }
    if (whole) node.value = value;
  }
  return root;
}

function childOf({ children }: Node, part: string): Node {
  const known = children.get(part);
  if (known) return known;
  const made = { children: new Map() };
  children.set(part, made);
  return made;
}

/** More parts than the deepest declared member has. */
const MAX_DEPTH = 12;

/** A part of a name as it counts, and where it leads. */
interface Step {
  readonly name: string;
  readonly further: Steps;
}

/** What a part of a name is; undefined where it leads nowhere. */
type Steps = (part: string) => Step | undefined;

const nowhere: Steps = () => undefined;

function stepsOf(shape: Shape): Steps {
  const inMap = mapValue(shape);
  if (inMap) return numbered('entry', entrySteps(inMap));
  if (shape.type === 'array')
    return numbered('member', shape.items ? stepsOf(shape.items) : nowhere, listIndex);
  const { properties = {} } = shape;
  return (part) => {
    const member = Object.hasOwn(properties, part) ? properties[part] : undefined;
    return member && { name: part, further: stepsOf(member) };
  };
}

/**
 * A number, with or without a word before it.
 * @param read what the number is after the word
 */
function numbered(word: 'member' | 'entry', item: Steps, read = plainIndex): Steps {
  const index =
    (indexOf: typeof plainIndex): Steps =>
    (part) => {
      const name = indexOf(part);
      return name === undefined ? undefined : { name, further: item };
    };
  const after = index(read);
  const bare = index(plainIndex);
  return (part) => (part === word ? { name: word, further: after } : bare(part));
}

const plainIndex = (part: string): string | undefined => (INDEX.test(part) ? part : undefined);

/**
 * The index of a list's element, as AWS was recorded to read it: recorded-iam.md §6.
 * @throws ServiceError MalformedInput
 */
function listIndex(part: string): string {
  if (part.startsWith('-')) throw unreadable(`Key ${part.slice(0, 20)} may not have a leading '-'`);
  if (!/^[0-9]{1,20}$/.test(part)) throw unreadable('Start of list found where not expected');
  const digits = part.replace(/^0+/, '');
  if (digits === '') throw unreadable(`${part} is not a valid index`);
  return digits;
}

function unreadable(what: string): ServiceError {
  return new ServiceError('MalformedInput', what);
}

function entrySteps(value: Shape): Steps {
  return (part) => {
    if (part === 'key') return { name: part, further: nowhere };
    return part === 'value' ? { name: part, further: stepsOf(value) } : undefined;
  };
}

function structure({ children }: Node, shape: Shape): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(shape.properties ?? {})) {
    const node = children.get(name);
    if (node) members[name] = read(node, member);
  }
  return members;
}

function read(node: Node, shape: Shape): unknown {
  if (shape.type === 'array') {
    const { items: itemShape } = shape;
    return itemShape ? elements(node).map((item) => item && read(item, itemShape)) : [];
  }
  const inMap = mapValue(shape);
  if (inMap) return map(node, inMap);
  if (shape.type === 'object') return structure(node, shape);
  const { value = '' } = node;
  switch (shape.type) {
    case 'integer':
    case 'number':
      return integer(value) ?? value;
    case 'boolean':
      return BOOLEANS.get(value) ?? value;
    default:
      return value;
  }
}

const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** A number of 32 bits, with a sign or without; undefined for any other text, which is then refused as such. */
function integer(text: string): number | undefined {
  const number = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return number >= -INT32_MAX - 1 && number <= INT32_MAX ? number : undefined;
}

/**
 * A list's elements. What is missing between them is undefined, which validation refuses; much of it is
 * refused here, the names taken in the order of their texts. A list without gaps is never too sparse.
 * @throws ServiceError MalformedInput
 */
function elements(node: Node): (Node | undefined)[] {
  const found = indexed(node, 'member');
  const { children } = node.children.get('member') ?? node;
  const indexes = [...children.keys()].filter((index) => LIST_INDEX.test(index));
  if (indexes.every((index) => Number(index) <= indexes.length)) return found;
  const list: (Node | undefined)[] = [];
  for (const index of indexes.sort()) {
    const skipped = Number(index) - Math.max(list.length, 1);
    if (skipped > MAX_SKIPPED) {
      throw unreadable(`Excessively sparse input would skip ${skipped} list elements`);
    }
    while (list.length < Number(index)) list.push(undefined);
    list[Number(index) - 1] = children.get(index);
  }
  return list;
}

/** What stands at `name.1`, `name.2` … below a node, or without the name, in the order of the numbers. */
function indexed({ children }: Node, name: 'member' | 'entry'): Node[] {
  return [...(children.get(name)?.children ?? children)]
    .filter(([index]) => LIST_INDEX.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, item]) => item);
}

/** @throws ServiceError MalformedQueryString for a key that stands there twice */
function map(node: Node, valueShape: Shape): Record<string, unknown> {
  const entries = indexed(node, 'entry').map(({ children }) => ({
    key: children.get('key')?.value ?? '',
    value: children.get('value'),
  }));
  if (new Set(entries.map(({ key }) => key)).size !== entries.length) {
    throw malformed('has a key of a map twice');
  }
  return Object.fromEntries(
    entries.map(({ key, value }) => [key, value ? read(value, valueShape) : null]),
  );
}
