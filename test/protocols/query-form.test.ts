import fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, it, vi } from 'vitest';
import type { Shape } from '../../src/declare/validate.js';
import { ServiceError } from '../../src/kernel/service-error.js';
import { formMembers, parseForm } from '../../src/protocols/query/query-form.js';

const shape = Type.Object({
  Name: Type.Optional(Type.String()),
  Count: Type.Optional(Type.Integer()),
  Flag: Type.Optional(Type.Boolean()),
  Tags: Type.Optional(Type.Array(Type.Object({ Key: Type.String(), Value: Type.String() }))),
  Keys: Type.Optional(Type.Array(Type.String())),
  Map: Type.Optional(Type.Record(Type.String(), Type.Integer())),
}) as unknown as Shape;

describe('a form', () => {
  it.each<readonly [string, object]>([
    ['Name=a+b%20c', { Name: 'a b c' }],
    ['Name=', { Name: '' }],
    ['Name', { Name: '' }],
    ['Count=7&Flag=true', { Count: 7, Flag: true }],
    ['Count=x&Flag=x', { Count: 'x', Flag: 'x' }],
    // What isn't read stays a text, which validation then calls MalformedInput.
    ...['1', '01', '+1'].map(
      (text) => [`Count=${encodeURIComponent(text)}`, { Count: 1 }] as const,
    ),
    ...[' 1 ', '1.0', '1e0', '2147483648', '-2147483649', ''].map(
      (text) => [`Count=${encodeURIComponent(text)}`, { Count: text }] as const,
    ),
    ['Flag=1', { Flag: true }],
    ['Flag=0', { Flag: false }],
    ['Flag=True', { Flag: 'True' }],
    ['Flag=', { Flag: '' }],
    ['Tags.member.1.Key=a&Tags.member.1.Value=b', { Tags: [{ Key: 'a', Value: 'b' }] }],
    ['Keys.member.2=b&Keys.member.01=a', { Keys: ['a', 'b'] }],
    ['Keys.member.1=a&Keys.member.3=c', { Keys: ['a', undefined, 'c'] }],
    [
      Array.from({ length: 300 }, (_, index) => `Keys.member.${index + 1}=k`).join('&'),
      { Keys: Array.from({ length: 300 }, () => 'k') },
    ],
    ['Keys=', { Keys: [] }],
    ['Other=x&__proto__.x=1&constructor=1', {}],
    [`${'Keys.'.repeat(5000)}=x`, { Keys: [] }],
    ['Name=%E2%82%AC', { Name: '€' }],
    ['Map.entry.2.key=b&Map.entry.2.value=2&Map.entry.1.key=a', { Map: { a: null, b: 2 } }],
    ['Map.1.key=a&Map.1.value=1', { Map: { a: 1 } }],
    ['Map=', { Map: {} }],
  ])('%s', (text, members) => {
    expect(formMembers(parseForm(text), shape)).toEqual(members);
    expect({}).not.toHaveProperty('x');
  });

  it.each([
    ['Name=a&Name=b', 'twice'],
    ['Name=%', 'percent-encoded'],
    ['Name=%FF', 'percent-encoded'],
    [Array.from({ length: 10_001 }, (_, index) => `a${index}=`).join('&'), 'too many'],
  ])('is refused: %s', (text, message) => {
    expect(() => parseForm(text)).toThrow(message);
  });

  it.each([
    ['Keys.member.one=a', 'Start of list found where not expected'],
    ['Keys.member.%2B1=a', 'Start of list found where not expected'],
    ['Keys.member.0=a', '0 is not a valid index'],
    ['Keys.member.-1=a', "Key -1 may not have a leading '-'"],
    ['Keys.member.12=a', 'Excessively sparse input would skip 11 list elements'],
    [
      'Keys.member.1=a&Keys.member.2=a&Keys.member.13=a',
      'Excessively sparse input would skip 12 list elements',
    ],
    ['Keys.member.5=a&Keys.member.15=a', 'Excessively sparse input would skip 14 list elements'],
    ['Keys.member.999999999=a', 'Excessively sparse input would skip 999999998 list elements'],
    ['Tags.member.x.Key=a', 'Start of list found where not expected'],
  ])('has a list that AWS refuses to read: %s', (text, message) => {
    expect(() => formMembers(parseForm(text), shape)).toThrow(message);
  });

  it('has no map with a key that stands there twice', () => {
    const form = parseForm('Map.entry.1.key=a&Map.entry.2.key=a&Map.entry.2.value=1');
    expect(() => formMembers(form, shape)).toThrow('twice');
  });

  it.each([
    ['unknown names', (n: number) => `a${n}.b.c.d.e.f.g.h.i.j.k`, 0],
    ['names below a text', (n: number) => `Name.a${n}.b.c.d.e.f.g.h.i.j`, 1],
    ['names below a list', (n: number) => `Tags.member.a${n}.b.c.d.e.f.g.h.i`, 2],
    ['names below an item', (n: number) => `Tags.member.${n}.Key.a.b.c.d.e.f.g`, 2 + 2 * 9999],
    ['names below an entry', (n: number) => `Map.entry.${n}.x.a.b.c.d.e.f.g`, 2 + 9999],
  ])('costs no more for %s than what the shape has of them', (_name, nameOf, nodes) => {
    const names = Array.from({ length: 9999 }, (_, index) => nameOf(index + 1));
    const form = parseForm(names.join('&'));
    const set = vi.spyOn(Map.prototype, 'set');
    try {
      formMembers(form, shape);
    } catch (error) {
      // Entries without a key are of one key.
      expect(error).toBeInstanceOf(ServiceError);
    }
    const made = set.mock.calls.length;
    set.mockRestore();
    expect(made).toBe(nodes);
  });

  it('never leads to anything but members or a ServiceError', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          formMembers(parseForm(text), shape);
        } catch (error) {
          expect(error).toBeInstanceOf(ServiceError);
        }
      }),
    );
  });
});
