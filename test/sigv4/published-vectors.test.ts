import { describe, expect, it } from 'vitest';
import { deriveSigningKey } from '../../src/sigv4/signing-key.js';
import { ACCESS_KEY_ID, headersAsNodeHasThem, verifierFor } from './signed-by-aws.js';

describe('the published derivation of a signing key', () => {
  it('gives the published key', () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
    const key = deriveSigningKey(secret, '20150830', 'us-east-1', 'iam');
    expect(key.toString('hex')).toBe(
      'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
    );
  });
});

interface Vector {
  name: string;
  method?: string;
  target?: string;
  /** Beside the host and the date. */
  headers?: [string, string][];
  body?: string;
  signedHeaders?: string;
  signature: string;
}

interface Suite {
  service: string;
  host: string;
  dateHeader: [string, string];
  signedAt: string;
  /** Of the vectors that do not say. */
  signedHeaders: string;
}

const SUITE_2015: Suite = {
  service: 'service',
  host: 'example.amazonaws.com',
  dateHeader: ['X-Amz-Date', '20150830T123600Z'],
  signedAt: '2015-08-30T12:36:00Z',
  signedHeaders: 'host;x-amz-date',
};

/** The older suite dates its requests with `Date`. */
const SUITE_2011: Suite = {
  service: 'host',
  host: 'host.foo.com',
  dateHeader: ['Date', 'Mon, 09 Sep 2011 23:36:00 GMT'],
  signedAt: '2011-09-09T23:36:00Z',
  signedHeaders: 'date;host',
};

/** The worked example of the signing guide. */
const GUIDE: Suite = { ...SUITE_2015, service: 'iam', host: 'iam.amazonaws.com' };

/** Facts from AWS's Signature Version 4 test suites: what was signed, and what came out. */
const VECTORS: [Suite, Vector][] = [
  [
    SUITE_2011,
    {
      name: 'get-vanilla (2011)',
      signature: 'b27ccfbfa7df52a200ff74193ca6e32d4b48b8856fab7ebf1c595d0670a7e470',
    },
  ],
  [
    GUIDE,
    {
      name: 'ListUsers',
      target: '/?Action=ListUsers&Version=2010-05-08',
      headers: [['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8']],
      signedHeaders: 'content-type;host;x-amz-date',
      signature: '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-vanilla',
      signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-header-key-duplicate',
      headers: [
        ['My-Header1', 'value2'],
        ['My-Header1', 'value2'],
        ['My-Header1', 'value1'],
      ],
      signedHeaders: 'host;my-header1;x-amz-date',
      signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-header-value-order',
      headers: [
        ['My-Header1', 'value4'],
        ['My-Header1', 'value1'],
        ['My-Header1', 'value3'],
        ['My-Header1', 'value2'],
      ],
      signedHeaders: 'host;my-header1;x-amz-date',
      signature: '08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-header-value-trim',
      headers: [
        ['My-Header1', ' value1'],
        ['My-Header2', ' "a   b   c"'],
      ],
      signedHeaders: 'host;my-header1;my-header2;x-amz-date',
      signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-slash-pointless-dot-normalized',
      target: '/./example',
      signature: 'ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-relative-relative-normalized',
      target: '/example1/example2/../..',
      signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-space-normalized',
      target: '/example space/',
      signature: '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-utf8',
      target: '/\u1234',
      signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-vanilla-query-order-key-case',
      target: '/?Param2=value2&Param1=value1',
      signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-vanilla-query-order-encoded',
      target: '/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1',
      signature: '371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-vanilla-empty-query-key',
      target: '/?Param1=value1',
      signature: 'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'get-vanilla-utf8-query',
      target: '/?\u1234=bar',
      signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
    },
  ],
  [
    SUITE_2015,
    {
      name: 'post-x-www-form-urlencoded',
      method: 'POST',
      headers: [
        ['Content-Type', 'application/x-www-form-urlencoded'],
        ['Content-Length', '13'],
        [
          'x-amz-content-sha256',
          '9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e',
        ],
      ],
      body: 'Param1=value1',
      signedHeaders: 'content-length;content-type;host;x-amz-content-sha256;x-amz-date',
      signature: 'd3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b',
    },
  ],
];

describe('published signatures', () => {
  it.each(VECTORS.map(([suite, vector]) => ({ ...vector, suite })))('$name', (vector) => {
    const { suite, signedHeaders = suite.signedHeaders } = vector;
    const date = suite.signedAt.slice(0, 10).replaceAll('-', '');
    const verifier = verifierFor({ service: suite.service, now: Date.parse(suite.signedAt) });
    // The suites' access key id is too short to be looked up, and is no part of the signature.
    const authorization =
      `AWS4-HMAC-SHA256 Credential=${ACCESS_KEY_ID}/${date}/us-east-1/${suite.service}/` +
      `aws4_request, SignedHeaders=${signedHeaders}, Signature=${vector.signature}`;
    expect(
      verifier.verify({
        method: vector.method ?? 'GET',
        target: vector.target ?? '/',
        ...headersAsNodeHasThem([
          ['Host', suite.host],
          ...(vector.headers ?? []),
          ['Authorization', authorization],
          suite.dateHeader,
        ]),
        body: Buffer.from(vector.body ?? ''),
      }),
    ).toMatchObject({ principal: 'alice', signedAt: Date.parse(suite.signedAt) });
  });
});
