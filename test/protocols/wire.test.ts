import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorJson, toJson } from '../../src/protocols/http/wire.js';
import { errorCatalogue, kmsError } from '../../src/services/kms/errors.js';

describe('toJson', () => {
  it.each([
    { name: 'octets as base64', output: { B: Buffer.from([0xfb, 0xff, 0]) }, json: '{"B":"+/8A"}' },
    {
      name: 'dates as seconds',
      output: { D: new Date(1_700_000_000_123) },
      json: '{"D":1700000000.123}',
    },
    { name: 'absent members not at all', output: { A: undefined, B: 1 }, json: '{"B":1}' },
    {
      name: 'flags, numbers and texts as they are',
      output: { F: false, N: 0, T: '' },
      json: '{"F":false,"N":0,"T":""}',
    },
    {
      name: 'what is nested',
      output: { L: [{ B: Buffer.from('A'), D: new Date(0) }, 'x'], S: { M: Buffer.alloc(0) } },
      json: '{"L":[{"B":"QQ==","D":0},"x"],"S":{"M":""}}',
    },
    { name: 'nothing', output: {}, json: '{}' },
  ])('writes $name', ({ output, json }) => {
    expect(toJson(output)).toBe(json);
  });

  it('keeps every octet', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (octets) => {
        const { B } = JSON.parse(toJson({ B: Buffer.from(octets) }));
        expect(Buffer.from(B, 'base64')).toStrictEqual(Buffer.from(octets));
      }),
    );
  });
});

describe('errorJson', () => {
  it.each([
    {
      error: kmsError('InvalidCiphertextException'),
      json: '{"__type":"InvalidCiphertextException"}',
    },
    {
      error: kmsError('NotAuthorizedException', ''),
      json: '{"__type":"NotAuthorizedException","message":""}',
    },
    {
      error: kmsError('SerializationException', 'x'),
      json: '{"__type":"com.amazon.coral.service#SerializationException","message":"x"}',
    },
    {
      error: kmsError('KMSInternalException', 'x', { cause: new Error('secret') }),
      json: '{"__type":"KMSInternalException","message":"x"}',
    },
  ])('writes $json', ({ error, json }) => {
    expect(errorJson(error, errorCatalogue)).toBe(json);
  });
});
