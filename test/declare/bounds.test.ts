/** However wrong an input is, what is done and said about it is bounded. Source: red.md H9. */
import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../../src/declare/validate.js';
import { compileInput } from '../../src/declare/validate.js';
import { iamSections, stsSections } from '../../src/services/iam/registry.js';
import { sections as kmsSections } from '../../src/services/kms/registry.js';

const LONG = 1_000_000;
/** The most that is said: ten faults, each with its value and place. */
const MAX_MESSAGE = 200_000;

function messageOf(decode: () => unknown): string {
  try {
    decode();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
}

/** A list that counts how often an entry of it is looked at. */
function counted(length: number, entry: unknown) {
  let looks = 0;
  const list = new Proxy(new Array(length).fill(entry), {
    get: (target, name) => {
      if (typeof name === 'string' && /^\d+$/.test(name)) looks += 1;
      return Reflect.get(target, name);
    },
  });
  return { list, looks: () => looks };
}

const Tag = Type.Object({ Key: Type.String({ maxLength: 3 }), Value: Type.String() });
const tagged = compileInput<unknown>(Type.Object({ Tags: Type.Array(Tag, { maxItems: 50 }) }));

it('a list that is too long is not looked into', () => {
  const { list, looks } = counted(LONG, {});
  const message = messageOf(() => tagged({ Tags: list }));
  expect(message).toMatch(/^1 validation error detected: .*less than or equal to 50$/);
  expect(looks()).toBeLessThan(10_000);
});

it('at most ten faults are named, and no further ones looked for', () => {
  const { list, looks } = counted(50, { Key: 'long', Value: 7 });
  const wrong = { Key: 'long' };
  const message = messageOf(() =>
    tagged({ Tags: [...new Array(50).fill(wrong), list].slice(0, 50) }),
  );
  expect(message).toMatch(/^10 validation errors detected: /);
  expect(message.split('; ')).toHaveLength(10);
  expect(looks()).toBe(0);
});

it('of a long value or name the beginning is shown, which is well-formed', () => {
  const map = compileInput<unknown>(
    Type.Object({ Map: Type.Record(Type.String(), Type.String({ maxLength: 3 })) }),
  );
  const message = messageOf(() =>
    map({ Map: { ['\u{1f511}'.repeat(LONG)]: '\u{1f511}'.repeat(LONG) } }),
  );
  expect(message.length).toBeLessThan(18_000);
  expect(message.isWellFormed()).toBe(true);
});

/** As wrong as can be: a million characters where a text is wanted, a hundred thousand entries in a list. */
function worst(shape: Shape): unknown {
  if (shape.type === 'array')
    return new Array(100_000).fill(worst(shape.items ?? { type: 'string' }));
  if (shape.type === 'object') {
    const named = Object.entries(shape.properties ?? {}).map(([name, each]) => [name, worst(each)]);
    return Object.fromEntries(
      named.length > 0 ? named : [[HUGE, shape.patternProperties ? HUGE : '']],
    );
  }
  if (shape.type === 'integer' || shape.type === 'number') return Number.MAX_SAFE_INTEGER;
  return shape.type === 'boolean' ? true : HUGE;
}
const HUGE = '\u0000'.repeat(LONG);

describe('what is said of the worst input is bounded', () => {
  const operations = [kmsSections, iamSections, stsSections].flatMap((sections) =>
    Object.values(sections).flat(),
  );
  it.each(operations.map((operation) => [operation.id, operation] as const))(
    '%s',
    (_, operation) => {
      const message = messageOf(() => operation.decode(worst(operation.input as Shape)));
      expect(message.length).toBeLessThan(MAX_MESSAGE);
    },
  );
});
