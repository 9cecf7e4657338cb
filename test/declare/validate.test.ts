import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { Blob, OneOf } from '../../src/declare/shape-kinds.js';
import { compileInput } from '../../src/declare/validate.js';
import { EncryptionContext } from '../../src/services/kms/shapes.js';

const decode = compileInput<Record<string, unknown>>(
  Type.Object({
    Name: Type.Optional(Type.String({ minLength: 2, maxLength: 4, pattern: '[a-z]+' })),
    Secret: Type.Optional(Type.String({ minLength: 7, pattern: '[0-9]+', sensitive: true })),
    Count: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
    Kind: Type.Optional(OneOf(['B', 'A'])),
    Data: Type.Optional(Blob(2, 4)),
    When: Type.Optional(Type.Unsafe<Date>({ type: 'number' })),
    Flag: Type.Optional(Type.Boolean()),
    Words: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 3 }), { minItems: 1, maxItems: 2 }),
    ),
    Kinds: Type.Optional(Type.Array(OneOf(['X', 'Y']))),
    Tags: Type.Optional(
      Type.Array(Type.Object({ TagKey: Type.String({ maxLength: 3 }), TagValue: Type.String() })),
    ),
    Context: Type.Optional(EncryptionContext),
    Inner: Type.Optional(
      Type.Object({
        Deep: Type.String({ maxLength: 1 }),
        Needed: Type.Array(Type.String(), { minItems: 1, default: ['x'] }),
      }),
    ),
    Chosen: OneOf(['DEFAULT', 'OTHER'], { default: 'DEFAULT' }),
  }),
);

/** What is wrong, in the order of the shape's members. */
const failures = [
  {
    name: 'too short',
    given: { Name: 'a' },
    texts: [
      "Value 'a' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2",
    ],
  },
  {
    name: 'too long',
    given: { Name: 'abcde' },
    texts: [
      "Value 'abcde' at 'name' failed to satisfy constraint: Member must have length less than or equal to 4",
    ],
  },
  {
    name: 'against the pattern',
    given: { Name: 'ab1' },
    texts: [
      "Value 'ab1' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
    ],
  },
  {
    name: 'with a newline after what fits the pattern',
    given: { Name: 'ab\n' },
    texts: [
      "Value 'ab\n' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
    ],
  },
  {
    name: 'two constraints of one member',
    given: { Name: '1' },
    texts: [
      "Value '1' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2",
      "Value '1' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
    ],
  },
  {
    name: 'sensitive',
    given: { Secret: 'hunter' },
    texts: [
      "Value at 'secret' failed to satisfy constraint: Member must have length greater than or equal to 7",
      "Value at 'secret' failed to satisfy constraint: Member must satisfy regular expression pattern: [0-9]+",
    ],
  },
  {
    name: 'too small',
    given: { Count: 0 },
    texts: [
      "Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
  },
  {
    name: 'too large',
    given: { Count: 11 },
    texts: [
      "Value '11' at 'count' failed to satisfy constraint: Member must have value less than or equal to 10",
    ],
  },
  {
    name: 'not of the enumeration',
    given: { Kind: 'C' },
    texts: [
      "Value 'C' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [B, A]",
    ],
  },
  {
    name: 'an enumeration in another case',
    given: { Kind: 'a' },
    texts: [
      "Value 'a' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [B, A]",
    ],
  },
  {
    name: 'too few octets',
    given: { Data: 'QQ==' },
    texts: [
      "Value at 'data' failed to satisfy constraint: Member must have length greater than or equal to 2",
    ],
  },
  {
    name: 'too many octets',
    given: { Data: 'QUJDREU=' },
    texts: [
      "Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 4",
    ],
  },
  {
    name: 'too many items',
    given: { Words: ['a', 'b', 'c'] },
    texts: [
      "Value '[a, b, c]' at 'words' failed to satisfy constraint: Member must have length less than or equal to 2",
    ],
  },
  {
    name: 'too few items of a required list',
    given: { Inner: { Deep: 'x', Needed: [] } },
    texts: [
      "Value '[]' at 'inner.needed' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
  },
  {
    name: 'an item against its constraint',
    given: { Words: ['a', 'long'] },
    texts: [
      "Value '[a, long]' at 'words' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 3, Member must have length greater than or equal to 1]",
    ],
  },
  {
    name: 'an item not of the enumeration',
    given: { Kinds: ['X', 'Z'] },
    texts: [
      "Value '[X, Z]' at 'kinds' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [X, Y]]",
    ],
  },
  {
    name: "a structure's member in a list",
    given: {
      Tags: [
        { TagKey: 'k', TagValue: '' },
        { TagKey: 'long', TagValue: '' },
      ],
    },
    texts: [
      "Value 'long' at 'tags.2.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 3",
    ],
  },
  {
    name: "a structure's missing member in a list",
    given: { Tags: [{ TagKey: 'k' }] },
    texts: [
      "Value null at 'tags.1.member.tagValue' failed to satisfy constraint: Member must not be null",
    ],
  },
  {
    name: 'a member of a member',
    given: { Inner: { Deep: 'ab' } },
    texts: [
      "Value 'ab' at 'inner.deep' failed to satisfy constraint: Member must have length less than or equal to 1",
    ],
  },
  {
    name: 'a missing member of a member',
    given: { Inner: {} },
    texts: ["Value null at 'inner.deep' failed to satisfy constraint: Member must not be null"],
  },
  {
    name: "a map's value without UTF-8",
    given: { Context: { a: '\ud800' } },
    texts: [
      "Value '\ud800' at 'context.a.member' failed to satisfy constraint: Member must be well-formed Unicode",
    ],
  },
  {
    name: 'members of every kind at once',
    given: { Kind: 'C', Name: 'a', Inner: { Deep: null }, Data: 'QQ==' },
    texts: [
      "Value 'a' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 2",
      "Value 'C' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [B, A]",
      "Value at 'data' failed to satisfy constraint: Member must have length greater than or equal to 2",
      "Value null at 'inner.deep' failed to satisfy constraint: Member must not be null",
    ],
  },
];

describe('what violates a constraint', () => {
  it.each(failures)('$name', ({ given, texts }) => {
    const errors = texts.length === 1 ? 'validation error' : 'validation errors';
    expect(() => decode(given)).toThrow(
      expect.objectContaining({
        code: 'ValidationException',
        message: `${texts.length} ${errors} detected: ${texts.join('; ')}`,
      }),
    );
  });

  it('gives way to what is of the wrong type', () => {
    expect(() => decode({ Name: 'a', Flag: 'no' })).toThrow(
      expect.objectContaining({
        code: 'SerializationException',
        message: 'STRING_VALUE cannot be converted to Boolean',
      }),
    );
  });
});

describe('what is taken', () => {
  it.each([
    { name: 'defaults', given: {}, decoded: {} },
    { name: 'null for a default', given: { Chosen: null }, decoded: {} },
    { name: 'a value for a default', given: { Chosen: 'OTHER' }, decoded: { Chosen: 'OTHER' } },
    { name: 'a blob', given: { Data: 'QUI=' }, decoded: { Data: Buffer.from('AB') } },
    { name: 'a point in time', given: { When: 1.5 }, decoded: { When: new Date(1500) } },
    { name: 'false', given: { Flag: false }, decoded: { Flag: false } },
    { name: 'unknown members', given: { flag: true, Other: { deep: [] } }, decoded: {} },
  ])('$name', ({ given, decoded }) => {
    expect(decode(given)).toStrictEqual({ Chosen: 'DEFAULT', ...decoded });
  });

  it('gives a map no prototype', () => {
    const given = JSON.parse('{"Context":{"__proto__":"x","constructor":"y"}}');
    const { Context } = decode(given) as { Context: object };
    expect(Object.getPrototypeOf(Context)).toBeNull();
    expect(Object.entries(Context)).toStrictEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });

  it('is no member that is inherited', () => {
    expect(decode(Object.create({ Name: 'abc' }))).toStrictEqual({ Chosen: 'DEFAULT' });
  });

  it('makes a fresh object', () => {
    const given = { Inner: { Deep: 'a' } };
    expect(decode(given).Inner).not.toBe(given.Inner);
  });
});

it('takes an optional list or map without entries as absent, and keeps other empty values', () => {
  const given = { Words: [], Kinds: [], Tags: [], Context: {}, Inner: { Deep: '', Needed: ['x'] } };
  expect(decode(given)).toStrictEqual({
    Inner: { Deep: '', Needed: ['x'] },
    Chosen: 'DEFAULT',
  });
});
