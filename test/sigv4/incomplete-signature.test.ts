import { describe, it } from 'vitest';
import type { SignedRequest } from '../../src/sigv4/signed-request.js';
import { authorization, duplicated, expectRefusal, header, type Refusal } from './refusal.js';
import { withHeader } from './signed-by-aws.js';

const NO_DATE =
  "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
const BAD_DATE =
  "Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601";
const ONCE =
  "Authorization header allows each of 'Credential', 'Signature', 'SignedHeaders' once, " +
  'and nothing else.';
const UNSORTED = 'SignedHeaders must be lower-case header names in ascending order.';
const FIVE_ELEMENTS =
  'Credential must have exactly 5 slash-delimited elements, ' +
  'e.g. keyid/date/region/service/term.';
const requires = (name: string): string => `Authorization header requires '${name}' parameter.`;

describe('MissingAuthenticationTokenException', () => {
  it.each<Refusal>([
    {
      what: 'no Authorization header',
      change: header('authorization', undefined),
      message: 'Missing Authentication Token',
    },
    {
      what: 'an empty Authorization header',
      change: header('authorization', ''),
      message: 'Missing Authentication Token',
    },
    {
      what: 'a presigned URL',
      change: (request) => ({
        ...withHeader(request, 'authorization', undefined),
        target: '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00',
      }),
      message: 'Missing Authentication Token',
    },
  ])('$what', (row) => expectRefusal('MissingAuthenticationTokenException', false, row));
});

describe('IncompleteSignatureException, the header hashed into the message', () => {
  it.each<Refusal>([
    ...[
      'Bearer abc',
      'AWS AKIA:sig',
      'aws4-hmac-sha256 Credential=a',
      'AWS4-HMAC-SHA512 Credential=a',
      'AWS4-ECDSA-P256-SHA256 Credential=a',
      'AWS4-HMAC-SHA256Credential=a',
    ].map((value) => ({
      what: `the scheme of '${value}'`,
      change: header('authorization', value),
      message: "Unsupported AWS 'algorithm' (only AWS4-HMAC-SHA256 for now).",
    })),
    {
      what: 'nothing but the scheme',
      change: header('authorization', 'AWS4-HMAC-SHA256'),
      message: [requires('Credential'), requires('Signature'), requires('SignedHeaders')].join(' '),
    },
    {
      what: 'nothing but the scheme, and no date',
      change: (request) =>
        withHeader(
          withHeader(request, 'authorization', 'AWS4-HMAC-SHA256'),
          'x-amz-date',
          undefined,
        ),
      message: [
        requires('Credential'),
        requires('Signature'),
        requires('SignedHeaders'),
        NO_DATE,
      ].join(' '),
    },
    {
      what: 'no Credential',
      change: authorization((value) => value.replace(/Credential=[^,]*, /, '')),
      message: requires('Credential'),
    },
    {
      what: 'an empty Credential',
      change: authorization((value) => value.replace(/Credential=[^,]*/, 'Credential=')),
      message: requires('Credential'),
    },
    {
      what: 'no SignedHeaders',
      change: authorization((value) => value.replace(/SignedHeaders=[^,]*, /, '')),
      message: requires('SignedHeaders'),
    },
    {
      what: 'no Signature',
      change: authorization((value) => value.replace(/, Signature=.*/, '')),
      message: requires('Signature'),
    },
    { what: 'no date', change: header('x-amz-date', undefined), message: NO_DATE },
    {
      what: 'a parameter without an equal-sign',
      change: authorization((value) => `${value}, oops`),
      message: 'Invalid key=value pair (missing equal-sign) in Authorization header.',
    },
    {
      what: 'an unknown parameter',
      change: authorization((value) => `${value}, Extra=1`),
      message: ONCE,
    },
    {
      what: 'a parameter twice',
      change: authorization((value) => `${value}, Signature=00`),
      message: ONCE,
    },
    {
      what: 'a second Authorization header',
      change: (request) => duplicated(request, 'authorization', 'AWS4-HMAC-SHA256 Credential=a'),
      message: ONCE,
    },
    ...[
      ['out of order', 'host;content-type;x-amz-date;x-amz-target'],
      ['in upper case', 'Content-Type;host;x-amz-date;x-amz-target'],
      ['twice', 'content-type;host;host;x-amz-date;x-amz-target'],
      ['empty', 'content-type;;host;x-amz-date;x-amz-target'],
      ['no token', 'content-type;ho st;x-amz-date;x-amz-target'],
    ].map(([how, list]) => ({
      what: `a signed header ${how}`,
      change: authorization((value) =>
        value.replace(/SignedHeaders=[^,]*/, `SignedHeaders=${list}`),
      ),
      message: UNSORTED,
    })),
    {
      what: 'more than 128 signed headers',
      change: authorization((value) =>
        value.replace(
          'content-type;',
          `${Array.from({ length: 130 }, (_, at) => `a${1000 + at}`).join(';')};`,
        ),
      ),
      message: 'SignedHeaders must not have more than 128 names.',
    },
    {
      what: 'more than 8,192 characters',
      change: authorization((value) => `${value}${','.repeat(8192)}`),
      message: 'Authorization header is too long.',
    },
  ])('$what', (row) => expectRefusal('IncompleteSignatureException', true, row));
});

describe('IncompleteSignatureException', () => {
  it.each<Refusal>([
    ...[
      'AKIA/20240229/us-east-1/kms',
      'a/b/20240229/us-east-1/kms/aws4_request',
      'AKIA',
      '////',
    ].map((credential) => ({
      what: `the Credential '${credential}'`,
      change: authorization((value) =>
        value.replace(/Credential=[^,]*/, `Credential=${credential}`),
      ),
      message: FIVE_ELEMENTS,
    })),
    ...[
      '2024-02-29T12:34:56Z',
      '20240229',
      '20240230T123456Z',
      '20240229T246060Z',
      '20240229T123456Z ,20240229T123456Z',
      'Thu, 29 Feb 2024 12:34:56 GMT',
      'now',
      '',
    ].map((value) => ({
      what: `the X-Amz-Date '${value}'`,
      change: header('x-amz-date', value),
      message: BAD_DATE,
    })),
    ...[
      'Thu, 30 Feb 2024 12:34:56 GMT',
      'Thu, 29 Feb 2024 12:34:56 CET',
      '29 Feb 2024',
      'Thu, 29 FEB 2024 12:34:56 GMT',
    ].map((value) => ({
      what: `the Date '${value}'`,
      change: (request: SignedRequest) =>
        withHeader(withHeader(request, 'x-amz-date', undefined), 'date', value),
      message: BAD_DATE,
    })),
    {
      what: 'a malformed X-Amz-Date beside a good Date',
      change: (request) =>
        withHeader(withHeader(request, 'x-amz-date', 'now'), 'date', '20240229T123456Z'),
      message: BAD_DATE,
    },
    {
      what: 'two X-Amz-Date headers',
      change: (request) => duplicated(request, 'x-amz-date', '20240229T123456Z'),
      message: BAD_DATE,
    },
  ])('$what', (row) => expectRefusal('IncompleteSignatureException', false, row));
});
