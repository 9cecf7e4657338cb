/**
 * The Query protocol's request: a form whose names are paths, `Tags.member.1.Key`. Source: AWS Query
 * protocol (Smithy, "awsQuery"); IAM User Guide, "Making HTTP query requests".
 */

import { isUtf8 } from 'node:buffer';
import { mapValue, type Shape } from '../../declare/validate.js';
import { ServiceError } from '../../kernel/service-error.js';

export type Form = ReadonlyMap<string, string>;

const MAX_PAIRS = 10_000;
const INDEX = /^[1-9][0-9]{0,4}$/;

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
    let steps: Steps | undefined = first;
    for (const part of name.split('.', MAX_DEPTH + 1)) {
      steps = steps(part);
      if (!steps) break;
      node = childOf(node, part);
    }
    if (steps) node.value = value;
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

/** Where a part of a name leads; undefined where it leads nowhere. */
type Steps = (part: string) => Steps | undefined;

const nowhere: Steps = () => undefined;

function stepsOf(shape: Shape): Steps {
  const inMap = mapValue(shape);
  if (inMap) return numbered('entry', entrySteps(inMap));
  if (shape.type === 'array')
    return numbered('member', shape.items ? stepsOf(shape.items) : nowhere);
  const { properties = {} } = shape;
  return (part) => {
    const member = Object.hasOwn(properties, part) ? properties[part] : undefined;
    return member && stepsOf(member);
  };
}

/** A number, with or without a word before it. */
function numbered(word: 'member' | 'entry', item: Steps): Steps {
  const index: Steps = (part) => (INDEX.test(part) ? item : undefined);
  return (part) => (part === word ? index : index(part));
}

function entrySteps(value: Shape): Steps {
  return (part) => (part === 'key' ? nowhere : part === 'value' ? stepsOf(value) : undefined);
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
    return itemShape ? indexed(node, 'member').map((item) => read(item, itemShape)) : [];
  }
  const inMap = mapValue(shape);
  if (inMap) return map(node, inMap);
  if (shape.type === 'object') return structure(node, shape);
  const { value = '' } = node;
  switch (shape.type) {
    case 'integer':
    case 'number':
      return /^-?\d{1,15}$/.test(value) ? Number(value) : value;
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
    default:
      return value;
  }
}

/** What stands at `name.1`, `name.2` … below a node, or without the name, in the order of the numbers. */
function indexed({ children }: Node, name: 'member' | 'entry'): Node[] {
  return [...(children.get(name)?.children ?? children)]
    .filter(([index]) => INDEX.test(index))
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
