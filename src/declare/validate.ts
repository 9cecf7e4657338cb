/**
 * From parsed JSON to an operation's input: types, base64, then every constraint at once.
 *
 * A value of the wrong JSON type is a SerializationException at once; violated constraints are
 * gathered and reported together (failures.ts). Unknown members are dropped and `null` counts as
 * absent, as in AWS's JSON protocols.
 */
import type { TSchema } from 'typebox';
import { CommonError } from '../kernel/common-errors.js';
import { enumText, Failures, patternText, rangeText } from './failures.js';

/** What JSON Schema and our own annotations can say of one shape. */
export interface Shape extends TSchema {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[] | undefined;
  readonly items?: Shape;
  readonly patternProperties?: Readonly<Record<string, Shape>>;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  /** Of a list that must be there: one without entries isn't. */
  readonly emptyIsNull?: boolean;
  readonly maxItems?: number;
  /** Of a map: how many pairs it has, and how long their keys are. */
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly propertyNames?: Shape;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly contentEncoding?: string;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly sensitive?: boolean;
  readonly allowsNul?: boolean;
  readonly default?: unknown;
}

type Decoder = (value: unknown, path: string, failures: Failures) => unknown;

/** How deep a declared shape may nest; the model's deepest is three. */
const MAX_DEPTH = 8;
/** A longer text that is too long in any case isn't matched with its pattern, too. */
const MAX_MATCHED = 4096;

/**
 * Compiles an input shape once. The decoder returns a fresh object with blobs as Buffers.
 * @throws CommonError SerializationException (wrong JSON type, bad base64) or ValidationException.
 */
export function compileInput<T>(shape: TSchema): (value: unknown) => T {
  const decode = compile(shape as Shape, 0);
  return (value) => {
    const failures = new Failures();
    const decoded = decode(value, '', failures);
    if (failures.some) throw invalid(failures.message);
    return decoded as T;
  };
}

/** The shape of a map's values; undefined for what is no map. */
export function mapValue({ patternProperties }: Shape): Shape | undefined {
  return patternProperties && (Object.values(patternProperties)[0] ?? { type: 'string' });
}

function compile(shape: Shape, depth: number): Decoder {
  if (depth > MAX_DEPTH) throw new Error('shape nests too deeply');
  if (shape.contentEncoding === 'base64') return compileBlob(shape);
  switch (shape.type) {
    case 'object': {
      const value = mapValue(shape);
      return value ? compileMap(shape, value) : compileStructure(shape, depth);
    }
    case 'array':
      return compileList(shape, depth);
    case 'string':
      return compileString(shape);
    case 'integer':
      return compileInteger(shape);
    case 'number':
      return compileNumber();
    case 'boolean':
      return compileBoolean();
    default:
      throw new Error(`no decoder for shape type ${String(shape.type)}`);
  }
}

function compileStructure(shape: Shape, depth: number): Decoder {
  const required = new Set(shape.required ?? []);
  const members = Object.entries(shape.properties ?? {}).map(([name, member]) => ({
    name,
    path: name.charAt(0).toLowerCase() + name.slice(1),
    decode: compile(member, depth + 1),
    // A member with a default is never missing.
    required: required.has(name) && member.default === undefined,
    // An optional list or map without entries is as absent: clients send it for what they don't set.
    isAbsent: required.has(name) && !member.emptyIsNull ? isMissing : isMissingOrEmpty(member),
    fallback: member.default,
  }));
  return (value, path, failures) => {
    if (!isPlainObject(value)) throw wrongType(value, 'structure');
    const decoded: Record<string, unknown> = {};
    for (const member of members) {
      const sent = Object.hasOwn(value, member.name) ? value[member.name] : undefined;
      const given = member.isAbsent(sent) ? undefined : sent;
      const at = path === '' ? member.path : `${path}.${member.path}`;
      if (given !== undefined) {
        decoded[member.name] = member.decode(given, at, failures);
      } else if (member.required) {
        failures.add({}, null, at, 'Member must not be null');
      } else if (member.fallback !== undefined) {
        decoded[member.name] = member.fallback;
      }
    }
    return decoded;
  };
}

const isMissing = (value: unknown) => value === undefined || value === null;

/** Of a list or map also what has no entries; of a map for a list, and the reverse, the shape speaks. */
function isMissingOrEmpty({ type, patternProperties }: Shape): (value: unknown) => boolean {
  if (type !== 'array' && !patternProperties) return isMissing;
  const isKind = type === 'array' ? Array.isArray : isPlainObject;
  return (value) => isMissing(value) || (isKind(value) && Object.keys(value).length === 0);
}

function compileMap(shape: Shape, valueShape: Shape): Decoder {
  const decodeValue = compile(valueShape, 1);
  const { propertyNames: keyShape } = shape;
  const key = keyShape && {
    decode: compile(keyShape, 1),
    refusal: `Map keys must satisfy constraint: [${itemConstraints(keyShape).join(', ')}]`,
  };
  return (value, path, failures) => {
    if (!isPlainObject(value)) throw wrongType(value, 'map');
    const size = Object.keys(value).length;
    checkRange(size, shape.minProperties, shape.maxProperties, 'length', (text) =>
      failures.add(shape, value, path, text),
    );
    // What is too large is not looked into.
    if (shape.maxProperties !== undefined && size > shape.maxProperties) return {};
    // A prototype-free object, so that a pair named __proto__ is a pair like any other.
    const decoded: Record<string, unknown> = Object.create(null);
    for (const [name, item] of Object.entries(value)) {
      if (failures.full) break;
      if (key) {
        const inName = new Failures();
        key.decode(name, path, inName);
        if (inName.some) failures.add(shape, value, path, key.refusal);
      }
      decoded[name] = decodeValue(item, `${path}.${name}.member`, failures);
    }
    return decoded;
  };
}

function compileList(shape: Shape, depth: number): Decoder {
  const item = shape.items ?? { type: 'string' };
  const decodeItem = compile(item, depth + 1);
  const structured = item.type === 'object';
  const constraints = itemConstraints(item);
  return (value, path, failures) => {
    if (!Array.isArray(value)) throw wrongType(value, 'list');
    checkRange(value.length, shape.minItems, shape.maxItems, 'length', (text) =>
      failures.add(shape, value, path, text),
    );
    // What is too long is not looked into.
    if (shape.maxItems !== undefined && value.length > shape.maxItems) return [];
    if (structured) {
      return value.map((entry, i) => {
        if (failures.full) return undefined;
        const at = `${path}.${i + 1}.member`;
        if (entry === undefined) return failures.add({}, null, at, 'Member must not be null');
        return decodeItem(entry, at, failures);
      });
    }
    const inItems = new Failures();
    // A gap in a list of the Query protocol; JSON has none.
    const decoded = value.map((entry) =>
      entry === undefined
        ? inItems.add({}, null, path, 'Member must not be null')
        : decodeItem(entry, path, inItems),
    );
    if (inItems.some) {
      const text = `Member must satisfy constraint: [${constraints.join(', ')}]`;
      failures.add(shape, value, path, text);
    }
    return decoded;
  };
}

function compileString(shape: Shape): Decoder {
  const pattern = shape.pattern === undefined ? undefined : wholly(shape.pattern);
  const allowed = shape.enum === undefined ? undefined : new Set(shape.enum);
  return (value, path, failures) => {
    if (typeof value !== 'string') throw wrongType(value, 'String');
    const fail = (text: string) => failures.add(shape, value, path, text);
    checkRange(value.length, shape.minLength, shape.maxLength, 'length', fail);
    const tooDear = value.length > Math.max(shape.maxLength ?? value.length, MAX_MATCHED);
    if (pattern && !tooDear && !pattern.test(value)) fail(patternText(shape.pattern));
    if (allowed && !allowed.has(value)) fail(enumText(shape.enum));
    // PostgreSQL's text has no U+0000; an encryption context is stored nowhere and may have it.
    if (!shape.allowsNul && value.includes('\0')) fail('Member must not contain U+0000');
    // A lone surrogate has no UTF-8: stored, it would come back as another text.
    if (!value.isWellFormed()) fail('Member must be well-formed Unicode');
    return value;
  };
}

/** AWS matches the whole value, whether the model's pattern is anchored or not. */
function wholly(pattern: string): RegExp {
  // The model's own spelling isn't always what the Unicode mode takes, and \p{…} is nothing without it.
  return new RegExp(`^(?:${pattern})$`, pattern.includes('\\p{') ? 'u' : '');
}

function compileInteger(shape: Shape): Decoder {
  return (value, path, failures) => {
    if (typeof value !== 'number') throw wrongType(value, 'Integer');
    if (!Number.isInteger(value)) throw unreadable('NUMBER_VALUE cannot be converted to Integer');
    checkRange(value, shape.minimum, shape.maximum, 'value', (text) =>
      failures.add(shape, value, path, text),
    );
    return value;
  };
}

function compileNumber(): Decoder {
  return (value) => {
    if (typeof value !== 'number') throw wrongType(value, 'Date');
    return new Date(value * 1000);
  };
}

function compileBoolean(): Decoder {
  return (value) => {
    if (typeof value !== 'boolean') throw wrongType(value, 'Boolean');
    return value;
  };
}

function compileBlob(shape: Shape): Decoder {
  return (value, path, failures) => {
    if (typeof value !== 'string') throw wrongType(value, 'Blob');
    const decoded = Buffer.from(value, 'base64');
    // Buffer.from skips what isn't base64; only a text that encodes back to itself was base64.
    if (decoded.toString('base64') !== value) {
      throw unreadable('Blob is not valid base64');
    }
    checkRange(decoded.length, shape.minBytes, shape.maxBytes, 'length', (text) =>
      failures.add({ sensitive: true }, value, path, text),
    );
    return decoded;
  };
}

function checkRange(
  actual: number,
  min: number | undefined,
  max: number | undefined,
  noun: 'length' | 'value',
  fail: (text: string) => void,
): void {
  if (min !== undefined && actual < min) fail(rangeText(noun, 'greater', min));
  if (max !== undefined && actual > max) fail(rangeText(noun, 'less', max));
}

/** Every constraint of a list's item: AWS names them all when one item fails. */
function itemConstraints(item: Shape): string[] {
  const texts: string[] = [];
  if (item.maxLength !== undefined) texts.push(rangeText('length', 'less', item.maxLength));
  if (item.minLength !== undefined) texts.push(rangeText('length', 'greater', item.minLength));
  if (item.pattern !== undefined) texts.push(patternText(item.pattern));
  if (item.enum !== undefined) texts.push(enumText(item.enum));
  return texts;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** AWS's text for a JSON value where the model has another type. */
function wrongType(value: unknown, wanted: string) {
  if (wanted === 'list') return unreadable('Expected list or null');
  if (Array.isArray(value)) {
    return unreadable('Start of list found where not expected');
  }
  if (typeof value === 'object' && value !== null) {
    return unreadable('Start of structure or map found where not expected.');
  }
  if (wanted === 'structure' || wanted === 'map') {
    return unreadable('Expected map or null');
  }
  return unreadable(`${tokenName(value)} cannot be converted to ${wanted}`);
}

function tokenName(value: unknown): string {
  if (typeof value === 'string') return 'STRING_VALUE';
  if (typeof value === 'number') return 'NUMBER_VALUE';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return 'NULL_VALUE';
}

function invalid(message: string): CommonError {
  return new CommonError('ValidationException', message);
}

function unreadable(message: string): CommonError {
  return new CommonError('SerializationException', message);
}
