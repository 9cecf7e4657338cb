import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pickParameters } from '../../src/audit/parameters.js';
import { Secret } from '../../src/config/secret.js';

describe('pickParameters', () => {
  it.each<[string, object | undefined, string[], object | null]>([
    ['nothing given', undefined, ['KeyId'], null],
    ['nothing named', { KeyId: 'k' }, [], null],
    ['only the members named', { KeyId: 'k', Policy: 'p' }, ['KeyId'], { keyId: 'k' }],
    ['undefined and null members', { KeyId: undefined, Policy: null }, ['KeyId', 'Policy'], null],
    ['a member nobody sent', {}, ['toString', 'constructor', '__proto__'], null],
    [
      'scalars',
      { DryRun: true, NumberOfBytes: 32 },
      ['DryRun', 'NumberOfBytes'],
      { dryRun: true, numberOfBytes: 32 },
    ],
    ['a number that JSON lacks', { NumberOfBytes: Number.NaN }, ['NumberOfBytes'], null],
    [
      'an encryption context, its keys as sent',
      { EncryptionContext: { Tenant: 'Blue', 'aws:S3': 'x', '': 'e' } },
      ['EncryptionContext'],
      { encryptionContext: { Tenant: 'Blue', 'aws:S3': 'x', '': 'e' } },
    ],
    [
      'the contexts of ReEncrypt',
      { SourceEncryptionContext: { A: '1' }, DestinationEncryptionContext: { B: '2' } },
      ['SourceEncryptionContext', 'DestinationEncryptionContext'],
      { sourceEncryptionContext: { A: '1' }, destinationEncryptionContext: { B: '2' } },
    ],
    [
      'the contexts within a grant’s constraints',
      {
        Constraints: {
          EncryptionContextSubset: { Tenant: 'b' },
          EncryptionContextEquals: { X: 'y' },
        },
      },
      ['Constraints'],
      {
        constraints: {
          encryptionContextSubset: { Tenant: 'b' },
          encryptionContextEquals: { X: 'y' },
        },
      },
    ],
    [
      'a list of structures',
      { Tags: [{ TagKey: 'Team', TagValue: 'Blue' }] },
      ['Tags'],
      { tags: [{ tagKey: 'Team', tagValue: 'Blue' }] },
    ],
    [
      'an answer with dates',
      { KeyMetadata: { AWSAccountId: '1', CreationDate: new Date('2022-08-10T22:38:27.9Z') } },
      ['KeyMetadata'],
      { keyMetadata: { aWSAccountId: '1', creationDate: 'Aug 10, 2022, 10:38:27 PM' } },
    ],
    ['a date that is none', { ValidTo: new Date(Number.NaN) }, ['ValidTo'], null],
    [
      'octets, though named',
      { KeyId: 'k', Plaintext: Buffer.from('x') },
      ['KeyId', 'Plaintext'],
      { keyId: 'k' },
    ],
    [
      'octets within',
      { A: { B: Buffer.from('x'), C: [Buffer.from('y'), 'z'] } },
      ['A'],
      { a: { c: ['z'] } },
    ],
    ['a secret', { KeyStorePassword: new Secret('hunter2') }, ['KeyStorePassword'], null],
    ['a key object', { Key: createSecretKey(Buffer.alloc(32)) }, ['Key'], null],
    ['a function', { Key: () => 'x' }, ['Key'], null],
  ])('%s', (_, source, names, expected) => {
    expect(pickParameters(source, names)).toEqual(expected);
  });

  it.each([
    ['2026-01-01T00:00:00Z', 'Jan 1, 2026, 12:00:00 AM'],
    ['2026-12-31T12:05:09Z', 'Dec 31, 2026, 12:05:09 PM'],
    ['2026-06-09T11:59:59Z', 'Jun 9, 2026, 11:59:59 AM'],
    ['2026-06-09T13:00:00Z', 'Jun 9, 2026, 1:00:00 PM'],
  ])('prints %s as %s', (iso, printed) => {
    const source = { ValidTo: new Date(iso) };
    expect(pickParameters(source, ['ValidTo'])).toEqual({ validTo: printed });
    expect(pickParameters(source, ['ValidTo'], 'iso')).toEqual({ validTo: iso });
  });

  it('records a context key __proto__ like any other', () => {
    const context = JSON.parse('{"__proto__":"x","a":"b"}') as object;
    const picked = pickParameters({ EncryptionContext: context }, ['EncryptionContext']);
    expect(JSON.stringify(picked)).toBe('{"encryptionContext":{"__proto__":"x","a":"b"}}');
  });

  it('is a copy', () => {
    const source = { Tags: [{ TagKey: 'a' }] };
    const picked = pickParameters(source, ['Tags']);
    source.Tags[0] = { TagKey: 'changed' };
    expect(picked).toEqual({ tags: [{ tagKey: 'a' }] });
  });

  it('ends, however deep the value nests', () => {
    const circular: Record<string, unknown> = { A: 'x' };
    circular.Self = circular;
    expect(JSON.stringify(pickParameters(circular, ['Self'])).length).toBeLessThan(1000);
  });

  it('never shows octets, wherever they are', () => {
    const marker = Buffer.from('0123456789abcdef');
    const forms = fc.constantFrom<() => unknown>(
      () => Buffer.from(marker),
      () => new Uint8Array(marker),
      () => new Uint16Array(new Uint8Array(marker).buffer),
      () => new DataView(new Uint8Array(marker).buffer),
      () => new Uint8Array(marker).buffer,
      () => new Set([marker]),
      () => new Map([['k', marker]]),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        forms.map((make) => make()),
        fc.constant('text'),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom('KeyId', 'EncryptionContext', 'Blob'), tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const printed = JSON.stringify(pickParameters({ Member: value }, ['Member'])) ?? '';
        for (const leak of [
          'Buffer',
          '48,49,50',
          '"0":',
          marker.toString(),
          marker.toString('hex'),
        ]) {
          expect(printed).not.toContain(leak);
        }
        expect(JSON.stringify(JSON.parse(printed))).toBe(printed);
      }),
    );
  });
});
