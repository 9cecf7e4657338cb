import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SignedRequest } from '../../src/sigv4/signed-request.js';
import {
  headerPairs,
  headersAsNodeHasThem,
  refusalOf,
  SIGNED_AT,
  signedByAws,
  verifierFor,
  withHeader,
} from './signed-by-aws.js';

const MISMATCH = {
  code: 'InvalidSignatureException',
  message: expect.stringContaining('does not match the signature you provided'),
};

const verifier = verifierFor();
let signed: SignedRequest;
beforeAll(async () => {
  signed = await signedByAws({
    method: 'POST',
    path: '/v1/keys/a%20b',
    query: { limit: '10', note: 'a+b' },
    headers: { 'content-type': 'application/json', 'x-amz-target': 'TrentService.ListKeys' },
    body: Buffer.from('{"Limit":10}'),
  });
});

describe('a request changed on the way', () => {
  it('was good before', () => {
    expect(verifier.verify(signed)).toMatchObject({ principal: 'alice' });
  });

  it.each<[string, (request: SignedRequest) => SignedRequest]>([
    ['method', (request) => ({ ...request, method: 'GET' })],
    ['method in lower case', (request) => ({ ...request, method: 'post' })],
    ['query dropped', (request) => ({ ...request, target: '/v1/keys/a%20b' })],
    ['query value', (request) => ({ ...request, target: request.target.replace('10', '11') })],
    ['query name', (request) => ({ ...request, target: request.target.replace('limit', 'Limit') })],
    ['query added to', (request) => ({ ...request, target: `${request.target}&x` })],
    [
      'plus sign decoded',
      (request) => ({ ...request, target: request.target.replace('%2B', '+') }),
    ],
    [
      'plus sign as a space',
      (request) => ({ ...request, target: request.target.replace('%2B', '%20') }),
    ],
    ['fragment', (request) => ({ ...request, target: `${request.target}#x` })],
    ['broken escape', (request) => ({ ...request, target: request.target.replace('%2B', '%2') })],
    ['path decoded', (request) => ({ ...request, target: request.target.replace('%20', ' ') })],
    [
      'slash encoded',
      (request) => ({ ...request, target: request.target.replace('/v1/', '/v1%2F') }),
    ],
    ['slash at the end', (request) => ({ ...request, target: request.target.replace('?', '/?') })],
    ['body emptied', (request) => ({ ...request, body: Buffer.alloc(0) })],
    ['host', (request) => withHeader(request, 'host', '127.0.0.1:8081')],
    ['content-type', (request) => withHeader(request, 'content-type', 'text/plain')],
    ['x-amz-target', (request) => withHeader(request, 'x-amz-target', 'TrentService.Decrypt')],
    ['x-amz-date by a second', (request) => withHeader(request, 'x-amz-date', '20240229T123457Z')],
    [
      'Region',
      (request) =>
        withHeader(request, 'authorization', (value) => value.replace('us-east-1', 'eu-west-1')),
    ],
    [
      'list of signed headers',
      (request) =>
        withHeader(request, 'authorization', (value) => value.replace('content-type;', '')),
    ],
    ...['host', 'content-type', 'x-amz-target'].map(
      (name): [string, (request: SignedRequest) => SignedRequest] => [
        `second ${name}`,
        (request) => ({
          ...request,
          ...headersAsNodeHasThem([...headerPairs(request), [name, 'x']]),
        }),
      ],
    ),
  ])('%s', (_, change) => {
    expect(refusalOf(verifier, change(signed))).toMatchObject(MISMATCH);
  });

  it('any segment of the path', () => {
    fc.assert(
      fc.property(fc.webSegment(), (segment) => {
        fc.pre(!['', '.', '..', 'keys'].includes(segment));
        const target = signed.target.replace('/keys/', `/${segment}/`);
        expect(refusalOf(verifier, { ...signed, target })).toMatchObject(MISMATCH);
      }),
    );
  });

  it('any bit of the body', () => {
    const bit = fc.tuple(fc.nat({ max: signed.body.length - 1 }), fc.nat({ max: 7 }));
    fc.assert(
      fc.property(bit, ([at, shift]) => {
        const body = Buffer.from(signed.body);
        body.writeUInt8(body.readUInt8(at) ^ (1 << shift), at);
        expect(refusalOf(verifier, { ...signed, body })).toMatchObject(MISMATCH);
      }),
    );
  });

  it('every bit of the signature', () => {
    const value = headerPairs(signed).find(([name]) => name === 'authorization')?.[1] ?? '';
    const signature = Buffer.from(value.slice(-64), 'hex');
    expect(signature).toHaveLength(32);
    for (let bit = 0; bit < 256; bit += 1) {
      const flipped = Buffer.from(signature);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const forged = value.slice(0, -64) + flipped.toString('hex');
      expect(refusalOf(verifier, withHeader(signed, 'authorization', forged))).toMatchObject(
        MISMATCH,
      );
    }
  });
});

describe('what means the same', () => {
  it.each<[string, (request: SignedRequest) => SignedRequest]>([
    [
      'order of headers',
      (request) => ({ ...request, ...headersAsNodeHasThem(headerPairs(request).reverse()) }),
    ],
    [
      'case of header names',
      (request) => ({
        ...request,
        rawHeaders: request.rawHeaders.map((text, at) =>
          at % 2 === 0 ? text.toUpperCase() : text,
        ),
      }),
    ],
    [
      'order of the query',
      (request) => ({ ...request, target: '/v1/keys/a%20b?note=a%2bb&limit=10' }),
    ],
    [
      'needless escapes in the query',
      (request) => ({ ...request, target: request.target.replace('limit', '%6Cimit') }),
    ],
    [
      'white space around a value',
      (request) => withHeader(request, 'content-type', ' \tapplication/json '),
    ],
    ['unsigned headers', (request) => withHeader(request, 'user-agent', 'curl')],
    [
      'no white space after commas',
      (request) => withHeader(request, 'authorization', (value) => value.replaceAll(', ', ',')),
    ],
  ])('%s does not matter', (_, change) => {
    expect(verifier.verify(change(signed))).toMatchObject({ signedAt: SIGNED_AT });
  });
});
