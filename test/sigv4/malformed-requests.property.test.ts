import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { AuthenticationError } from '../../src/sigv4/authentication-error.js';
import { normalizedPath } from '../../src/sigv4/canonical-target.js';
import type { SignedRequest } from '../../src/sigv4/signed-request.js';
import {
  headerPairs,
  headersAsNodeHasThem,
  refusalOf,
  signedByAws,
  verifierFor,
  withHeader,
} from './signed-by-aws.js';

const byteText = fc.string({
  unit: fc.integer({ min: 0, max: 0xff }).map((code) => String.fromCharCode(code)),
});
const anyText = fc.oneof(byteText, fc.string({ unit: 'binary' }));

const authorizationPiece = fc.oneof(
  anyText,
  fc.constantFrom(
    'AWS4-HMAC-SHA256 ',
    'Credential=',
    'AKIAIOSFODNN7EXAMPLE/20240229/us-east-1/kms/aws4_request',
    ', ',
    'SignedHeaders=',
    'host;x-amz-date',
    'Signature=',
    '='.repeat(40),
    '/'.repeat(5),
  ),
);

const verifier = verifierFor();
let signed: SignedRequest;
beforeAll(async () => {
  signed = await signedByAws();
});

describe('whatever arrives', () => {
  it('as Authorization header is refused in an orderly way', () => {
    fc.assert(
      fc.property(fc.array(authorizationPiece), (pieces) => {
        const request = withHeader(signed, 'authorization', pieces.join(''));
        expect(refusalOf(verifier, request)).toBeInstanceOf(AuthenticationError);
      }),
      { numRuns: 1000 },
    );
  });

  it('as target is refused in an orderly way', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom('', '/a', '/?'), (text, start) => {
        const target = `${start}${text}`;
        // Signed was '/' without a query, and some targets mean the same.
        const [path = '', query = ''] = target.split(/\?(.*)/s);
        fc.pre(normalizedPath(path) !== '/' || !/^&*$/.test(query));
        expect(refusalOf(verifier, { ...signed, target })).toBeInstanceOf(AuthenticationError);
      }),
      { numRuns: 1000 },
    );
  });

  it('as presigned query is refused in an orderly way', () => {
    const presigned = verifierFor({ service: 'sts', presigned: true });
    const value = fc.oneof(
      anyText,
      fc.constantFrom('AWS4-HMAC-SHA256', '20240229T123456Z', 'host', '60', '%', '%C3%28'),
      fc.constant('AKIAIOSFODNN7EXAMPLE%2F20240229%2Fus-east-1%2Fsts%2Faws4_request'),
    );
    const parameter = fc.tuple(
      fc.constantFrom(
        ...['Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature'],
        'Security-Token',
      ),
      value,
    );
    const { headers, rawHeaders } = withHeader(signed, 'authorization', undefined);
    fc.assert(
      fc.property(fc.array(parameter, { maxLength: 9 }), (parameters) => {
        const query = parameters.map(([name, text]) => `X-Amz-${name}=${text}`).join('&');
        const request = { ...signed, headers, rawHeaders, target: `/?${query}` };
        expect(refusalOf(presigned, request)).toBeInstanceOf(AuthenticationError);
      }),
      { numRuns: 1000 },
    );
  });

  it('as header on top is refused when it is signed, and else ignored', () => {
    const name = fc.constantFrom('host', 'content-type', 'x-amz-target', 'x-amz-new', 'x-other');
    fc.assert(
      fc.property(name, byteText, (header, value) => {
        const pairs = [...headerPairs(signed), [header, value] as const];
        const request = { ...signed, ...headersAsNodeHasThem(pairs) };
        if (header === 'x-other') expect(verifier.verify(request)).toBeDefined();
        else expect(refusalOf(verifier, request)).toBeInstanceOf(AuthenticationError);
      }),
    );
  });

  it('never finds its secrets or signature repeated', () => {
    const secret = 'Zm9vYmFyYmF6cXV4';
    const mistaken = fc.constantFrom(
      secret,
      `Bearer ${secret}`,
      `AWS4-HMAC-SHA256 ${secret}`,
      `AWS4-HMAC-SHA256 ${secret}=1`,
      `AWS4-HMAC-SHA256 Credential=${secret}, SignedHeaders=host, Signature=${secret}`,
      `AWS4-HMAC-SHA256 Credential=a/b/c/d/${secret}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=${secret}`,
      `AWS4-HMAC-SHA256 Credential=a/${secret}/c/d/e, SignedHeaders=host;x-amz-date;x-amz-target, Signature=${secret}`,
      `AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=${secret}, Signature=${secret}`,
    );
    fc.assert(
      fc.property(mistaken, (value) => {
        const refusal = refusalOf(verifier, withHeader(signed, 'authorization', value));
        expect(refusal).toBeInstanceOf(AuthenticationError);
        expect(String(refusal)).not.toContain(secret.slice(0, 8));
      }),
    );
  });
});
