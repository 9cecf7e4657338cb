import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DuplicateMemberError, parseUniqueJson } from '../../src/kernel/unique-json.js';

describe('parseUniqueJson', () => {
  it('parses as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (text, space) => {
        const spaced = JSON.stringify(JSON.parse(text), null, space);
        expect(parseUniqueJson(spaced)).toStrictEqual(JSON.parse(spaced));
      }),
    );
  });

  it('refuses two members of one name, wherever they are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.jsonValue({ maxDepth: 2 }),
        fc.array(fc.constantFrom('list', 'member'), { maxLength: 5 }),
        (name, value, around) => {
          const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
          const wrapped = around.reduce(
            (text, kind) => (kind === 'list' ? `[0,${text}]` : `{"a:\\"":${text},"b":{}}`),
            `{${member},"other":":",${member}}`,
          );
          expect(() => parseUniqueJson(wrapped)).toThrow(DuplicateMemberError);
        },
      ),
    );
  });

  it.each([
    ['the same name in another spelling', '{"a":1,"\\u0061":2}'],
    ['__proto__', '{"__proto__":1,"__proto__":{}}'],
    ['an empty name', '{"":1,"":1}'],
    ['behind a text that ends with a backslash', '{"a":"\\\\","b":1,"b":2}'],
  ])('refuses %s', (_, text) => {
    expect(() => parseUniqueJson(text)).toThrow(DuplicateMemberError);
  });

  it.each(['', '{', '{"a":1,}', '{"a":1 "b":2}', "{'a':1}"])('%s is no JSON', (text) => {
    expect(() => parseUniqueJson(text)).toThrow(SyntaxError);
  });

  it('takes the same name in two objects, and colons in texts', () => {
    const text = '[{"a":"x:y\\"z:"},{"a":{"a":[]}}]';
    expect(parseUniqueJson(text)).toStrictEqual([{ a: 'x:y"z:' }, { a: { a: [] } }]);
  });
});
