import { createHmac, hash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { AuthenticationError } from '../../src/sigv4/authentication-error.js';
import type { SignedRequest } from '../../src/sigv4/signed-request.js';
import { deriveSigningKey } from '../../src/sigv4/signing-key.js';
import {
  ACCESS_KEY_ID,
  headerPairs,
  headersAsNodeHasThem,
  presignedByAws,
  refusalOf,
  SECRET_ACCESS_KEY,
  SIGNED_AT,
  signedByAws,
  type ToSign,
  type VerifierSettings,
  verifierFor,
  withHeader,
} from './signed-by-aws.js';

const QUARTER_HOUR = 900_000;
const STS: VerifierSettings = { service: 'sts', presigned: true, maxSkewMs: QUARTER_HOUR };

/** As EKS tokens are: the cluster's name in a signed header. */
const CALLER_IDENTITY: ToSign = {
  query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
  headers: { 'x-k8s-aws-id': 'cluster' },
};

type Change = (request: SignedRequest) => SignedRequest;
const target =
  (change: (target: string) => string): Change =>
  (request) => ({ ...request, target: change(request.target) });
const parameter = (name: string, value: string | undefined) =>
  target((text) => {
    const others = text.slice(2).split('&');
    const left = others.filter((piece) => !piece.startsWith(`${name}=`));
    return `/?${[...left, ...(value === undefined ? [] : [`${name}=${value}`])].join('&')}`;
  });

let presigned: SignedRequest;
beforeAll(async () => {
  presigned = await presignedByAws(CALLER_IDENTITY);
});

it('is what AWS’s signer makes', () => {
  expect(presigned.target).toContain('X-Amz-SignedHeaders=host%3Bx-k8s-aws-id');
  expect(verifierFor(STS).verify(presigned)).toEqual({
    principal: 'alice',
    accessKeyId: ACCESS_KEY_ID,
    region: 'us-east-1',
    signedAt: SIGNED_AT,
    signedHeaders: ['host', 'x-k8s-aws-id'],
  });
});

it('is taken by services that take it, and else is no signature', () => {
  expect(refusalOf(verifierFor({ service: 'sts' }), presigned)).toMatchObject({
    code: 'MissingAuthenticationTokenException',
  });
});

describe('a quarter of an hour', () => {
  it.each([1, 60, 604_800])('is what X-Amz-Expires=%d gives, either way', async (expiresIn) => {
    const request = await presignedByAws({ ...CALLER_IDENTITY, expiresIn });
    for (const now of [SIGNED_AT - QUARTER_HOUR, SIGNED_AT + QUARTER_HOUR]) {
      expect(verifierFor({ ...STS, now }).verify(request)).toMatchObject({ principal: 'alice' });
    }
    expect(
      refusalOf(verifierFor({ ...STS, now: SIGNED_AT + QUARTER_HOUR + 1 }), request),
    ).toMatchObject({
      code: 'InvalidSignatureException',
      message:
        'Signature expired: 20240229T123456Z is now earlier than ' +
        '20240229T123456Z (20240229T124956Z - 15 min.)',
    });
    expect(
      refusalOf(verifierFor({ ...STS, now: SIGNED_AT - QUARTER_HOUR - 1 }), request),
    ).toMatchObject({ message: expect.stringContaining('Signature not yet current') });
  });

  it('needs no X-Amz-Expires', () => {
    // AWS's signer always adds one.
    const query =
      'Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256' +
      `&X-Amz-Credential=${ACCESS_KEY_ID}%2F20240229%2Fus-east-1%2Fsts%2Faws4_request` +
      '&X-Amz-Date=20240229T123456Z&X-Amz-SignedHeaders=host';
    const canonical = `GET\n/\n${query}\nhost:sts\n\nhost\n${hash('sha256', '')}`;
    const toSign =
      'AWS4-HMAC-SHA256\n20240229T123456Z\n20240229/us-east-1/sts/aws4_request\n' +
      hash('sha256', canonical);
    const key = deriveSigningKey(SECRET_ACCESS_KEY, '20240229', 'us-east-1', 'sts');
    const signature = createHmac('sha256', key).update(toSign).digest('hex');
    const request = {
      ...{ method: 'GET', body: Buffer.alloc(0) },
      target: `/?${query}&X-Amz-Signature=${signature}`,
      ...headersAsNodeHasThem([['host', 'sts']]),
    };
    expect(verifierFor(STS).verify(request)).toMatchObject({ principal: 'alice' });
  });
});

const REEXAMINE = ' Re-examine the query-string parameters.';
const include = (name: string) => `AWS query-string parameters must include '${name}'.`;

describe('IncompleteSignatureException', () => {
  it.each<{ what: string; change: Change; message: string }>([
    ...['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-SignedHeaders', 'X-Amz-Date'].map((name) => ({
      what: `no ${name}`,
      change: parameter(name, undefined),
      message: include(name) + REEXAMINE,
    })),
    {
      what: 'no X-Amz-Signature',
      change: parameter('X-Amz-Signature', ''),
      message: include('X-Amz-Signature') + REEXAMINE,
    },
    {
      what: 'nothing but the algorithm',
      change: target(() => '/?X-Amz-Algorithm=AWS4-HMAC-SHA256'),
      message:
        ['X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date']
          .map(include)
          .join(' ') + REEXAMINE,
    },
    {
      what: 'another algorithm',
      change: parameter('X-Amz-Algorithm', 'AWS4-HMAC-SHA512'),
      message: `Unsupported AWS 'algorithm' (only AWS4-HMAC-SHA256 for now).${REEXAMINE}`,
    },
    ...['0', '604801', '-1', '1.5', '+60', 'x', '', '9'.repeat(400)].map((seconds) => ({
      what: `X-Amz-Expires '${seconds}'`,
      change: parameter('X-Amz-Expires', seconds),
      message: `X-Amz-Expires must be from 1 to 604800 seconds.${REEXAMINE}`,
    })),
    {
      what: 'a parameter twice',
      change: target((text) => `${text}&X-Amz-Signature=00`),
      message: `AWS query-string parameters allow 'X-Amz-Signature' once.${REEXAMINE}`,
    },
    {
      what: 'a parameter twice, its name escaped',
      change: target((text) => `${text}&X%2DAmz%2dExpires=60`),
      message: `AWS query-string parameters allow 'X-Amz-Expires' once.${REEXAMINE}`,
    },
    {
      what: 'octets that are no UTF-8',
      change: parameter('X-Amz-Security-Token', '%C3%28'),
      message: `AWS query-string parameters must be percent-encoded UTF-8.${REEXAMINE}`,
    },
    {
      what: 'signed headers out of order',
      change: parameter('X-Amz-SignedHeaders', 'x-k8s-aws-id%3Bhost'),
      message: `SignedHeaders must be lower-case header names in ascending order.${REEXAMINE}`,
    },
    {
      what: 'a Credential that is none',
      change: parameter('X-Amz-Credential', 'AKIA'),
      message:
        'Credential must have exactly 5 slash-delimited elements, ' +
        'e.g. keyid/date/region/service/term.',
    },
    {
      what: 'a date that is none',
      change: parameter('X-Amz-Date', 'now'),
      message: "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601",
    },
  ])('$what', ({ change, message }) => {
    const refusal = refusalOf(verifierFor(STS), change(presigned));
    expect(refusal).toBeInstanceOf(AuthenticationError);
    expect(refusal).toMatchObject({ code: 'IncompleteSignatureException', message });
  });
});

const MISMATCH = expect.stringContaining('does not match the signature you provided');

describe('InvalidSignatureException', () => {
  it.each<{ what: string; toSign?: ToSign; change?: Change; message: unknown }>([
    {
      what: 'host not signed',
      change: parameter('X-Amz-SignedHeaders', 'x-k8s-aws-id'),
      message: expect.stringContaining("'Host' or ':authority' must be a 'SignedHeader'"),
    },
    {
      what: 'an x-amz- header added on the way',
      change: (request) => withHeader(request, 'x-amz-made-up', '1'),
      message: expect.stringContaining("'X-Amz-Made-Up' must be a 'SignedHeader'"),
    },
    {
      what: 'another service',
      toSign: { ...CALLER_IDENTITY, service: 'iam' },
      message: expect.stringContaining("Credential should be scoped to correct service: 'sts'."),
    },
    {
      what: 'another Region',
      toSign: { ...CALLER_IDENTITY, region: 'us-west-2' },
      message: 'Credential should be scoped to a valid region.',
    },
    {
      what: 'a body',
      change: (request) => ({ ...request, body: Buffer.from('Action=AssumeRole') }),
      message: MISMATCH,
    },
    {
      what: 'another body than the signed one',
      toSign: { ...CALLER_IDENTITY, method: 'POST', body: Buffer.from('a=1') },
      change: (request) => ({ ...request, body: Buffer.from('a=2') }),
      message: MISMATCH,
    },
    {
      what: 'an unsigned payload',
      toSign: { ...CALLER_IDENTITY, headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
      message: MISMATCH,
    },
    { what: 'another method', change: (r) => ({ ...r, method: 'POST' }), message: MISMATCH },
    {
      what: 'another action',
      change: target((text) => text.replace('GetCallerIdentity', 'GetSessionToken')),
      message: MISMATCH,
    },
    { what: 'a parameter more', change: target((text) => `${text}&a=b`), message: MISMATCH },
    {
      what: 'longer X-Amz-Expires',
      change: parameter('X-Amz-Expires', '61'),
      message: MISMATCH,
    },
    {
      what: 'another date',
      change: parameter('X-Amz-Date', '20240229T123457Z'),
      message: MISMATCH,
    },
    {
      what: 'another value of a signed header',
      change: (request) => withHeader(request, 'x-k8s-aws-id', 'other'),
      message: MISMATCH,
    },
    {
      what: 'no such signed header',
      change: (request) => withHeader(request, 'x-k8s-aws-id', undefined),
      message: MISMATCH,
    },
    {
      what: 'another host',
      change: (request) => withHeader(request, 'host', 'other:8080'),
      message: MISMATCH,
    },
  ])('$what', async ({ toSign = CALLER_IDENTITY, change = (request) => request, message }) => {
    const request = change(await presignedByAws(toSign));
    expect(refusalOf(verifierFor(STS), request)).toMatchObject({
      code: 'InvalidSignatureException',
      message,
    });
  });

  it('every bit of the signature', () => {
    const [, hex = ''] = /X-Amz-Signature=([0-9a-f]{64})/.exec(presigned.target) ?? [];
    for (let bit = 0; bit < 256; bit += 1) {
      const flipped = Buffer.from(hex, 'hex');
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const forged = {
        ...presigned,
        target: presigned.target.replace(hex, flipped.toString('hex')),
      };
      expect(refusalOf(verifierFor(STS), forged)).toMatchObject({ message: MISMATCH });
    }
  });
});

it('goes by the Authorization header where there is one', async () => {
  const bySomebody = await signedByAws({ service: 'sts', method: 'GET' });
  const authorization = headerPairs(bySomebody).filter(([name]) => name === 'authorization');
  const both = {
    ...presigned,
    ...headersAsNodeHasThem([...headerPairs(presigned), ...authorization]),
  };
  expect(refusalOf(verifierFor(STS), both)).toBeInstanceOf(AuthenticationError);
});

it('means a Region by the name that a service has for it', async () => {
  const settings = { ...STS, regionNames: { 'aws-global': 'us-east-1' } };
  const toSign = { ...CALLER_IDENTITY, region: 'aws-global' };
  for (const request of [
    await presignedByAws(toSign),
    await signedByAws({ service: 'sts', region: 'aws-global' }),
  ]) {
    expect(verifierFor(settings).verify(request)).toMatchObject({ region: 'us-east-1' });
    expect(refusalOf(verifierFor(STS), request)).toMatchObject({
      message: 'Credential should be scoped to a valid region.',
    });
  }
});
