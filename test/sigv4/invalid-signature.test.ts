import { describe, it } from 'vitest';
import type { SignedRequest } from '../../src/sigv4/signed-request.js';
import { authorization, expectRefusal, header, type Refusal } from './refusal.js';
import { withHeader } from './signed-by-aws.js';

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. ' +
  'Check your AWS Secret Access Key and signing method. ' +
  'Consult the service documentation for details.';
const unsigned = (name: string): string =>
  `${name} must be a 'SignedHeader' in the AWS Authorization.`;

describe('InvalidSignatureException', () => {
  const scope = (from: string, to: string): Pick<Refusal, 'change'> => ({
    change: authorization((value) => value.replace(from, to)),
  });
  const NOT_THE_DATE =
    'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
    "'20240228' != '20240229', from '20240229T123456Z'.";
  it.each<Refusal>([
    { what: 'host not signed', ...scope('host;', ''), message: unsigned("'Host' or ':authority'") },
    {
      what: 'an x-amz- header not signed',
      ...scope(';x-amz-target', ''),
      message: unsigned("'X-Amz-Target'"),
    },
    {
      what: 'an x-amz- header added on the way',
      change: (request) => withHeader(request, 'x-amz-made-up', '1'),
      message: unsigned("'X-Amz-Made-Up'"),
    },
    {
      what: 'several headers not signed',
      ...scope('content-type;host;x-amz-date;x-amz-target', 'content-type'),
      message: [
        unsigned("'Host' or ':authority'"),
        unsigned("'X-Amz-Target'"),
        unsigned("'X-Amz-Date'"),
      ].join(' '),
    },
    {
      what: 'a Region not served',
      toSign: { region: 'us-west-2' },
      message: 'Credential should be scoped to a valid region.',
    },
    {
      what: 'a Region in upper case',
      ...scope('us-east-1', 'US-EAST-1'),
      message: 'Credential should be scoped to a valid region.',
    },
    {
      what: 'another service',
      toSign: { service: 's3' },
      message: "Credential should be scoped to correct service: 'kms'.",
    },
    {
      what: 'another terminator',
      ...scope('aws4_request', 'aws5_request'),
      message: "Credential should be scoped with a valid terminator: 'aws4_request'.",
    },
    { what: 'another date in the scope', ...scope('20240229', '20240228'), message: NOT_THE_DATE },
    {
      what: 'everything wrong with the scope',
      ...scope('20240229/us-east-1/kms/aws4_request', '20240228/x/y/z'),
      message: [
        'Credential should be scoped to a valid region.',
        "Credential should be scoped to correct service: 'kms'.",
        "Credential should be scoped with a valid terminator: 'aws4_request'.",
        NOT_THE_DATE,
      ].join(' '),
    },
    {
      what: 'a wrong X-Amz-Content-Sha256',
      toSign: { headers: { 'x-amz-content-sha256': '0'.repeat(64) } },
      message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
    },
    ...['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', ''].map((value) => ({
      what: `the X-Amz-Content-Sha256 '${value}'`,
      toSign: { headers: { 'x-amz-content-sha256': value } },
      message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
    })),
    {
      what: 'a signed header that was empty and is not there',
      toSign: { headers: { 'x-made-up': '' } },
      change: header('x-made-up', undefined),
      message: MISMATCH,
    },
    {
      what: 'a signed header that is not there',
      change: header('content-type', undefined),
      message: MISMATCH,
    },
    {
      what: 'a signature in upper case',
      change: authorization((value) => value.replace(/[0-9a-f]+$/, (hex) => hex.toUpperCase())),
      message: MISMATCH,
    },
    {
      what: 'a signature cut short',
      change: authorization((value) => value.slice(0, -2)),
      message: MISMATCH,
    },
    {
      what: 'a signature with more after it',
      change: authorization((value) => `${value}00`),
      message: MISMATCH,
    },
    {
      what: 'a signature that is not hexadecimal',
      change: authorization((value) => value.replace(/Signature=.*/, 'Signature=é')),
      message: MISMATCH,
    },
    {
      what: 'a header with a character that is no byte',
      change: header('content-type', '\u0161pplication/x-amz-json-1.1'),
      message: MISMATCH,
    },
    ...['*', 'http://127.0.0.1:8080/', ''].map((target) => ({
      what: `the target '${target}'`,
      change: (request: SignedRequest) => ({ ...request, target }),
      message: MISMATCH,
    })),
  ])('$what', (row) => expectRefusal('InvalidSignatureException', false, row));
});
