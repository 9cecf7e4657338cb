/** The ways in which a request is hostile: one row each. */
import type { RandomMoments } from '../kills/random-moments.js';
import type { WireRequest } from './signed-requests.js';

export interface Hostile {
  readonly octets: string;
  /** The client goes away so many milliseconds later, answered or not. */
  readonly leavesAfterMs?: number;
  /** The client says that it will send no more. */
  readonly ends?: true;
}

export interface Way {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  /** Framed as HTTP wants it, so that the connection goes on behind the answer. */
  readonly framed?: true;
  readonly make: (request: WireRequest, random: RandomMoments) => Hostile;
}

const PATIENCE_MS = 200;
const METHODS = [
  'GET',
  'PUT',
  'DELETE',
  'PATCH',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'post',
];
const PATHS = [
  '//',
  '/./',
  '/%2e%2e/',
  '/v1',
  '/v1/keys/../keys',
  '/docs',
  '/openapi.json',
  '/metrics',
  '/\u00ff',
  `/${'x'.repeat(9000)}`,
  '*',
  'http://x/',
];
const TYPES = [
  'text/plain',
  'application/json',
  'application/x-amz-json-1.0',
  'multipart/form-data; boundary=a',
  'application/xml',
  ';',
  'x'.repeat(2000),
];
const HEADERS = [
  'Expect: 100-continue',
  'Expect: the-unexpected',
  'Connection: Upgrade\r\nUpgrade: h2c',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Host: elsewhere',
  'X-Amz-Date: 20000101T000000Z',
  'X-Amz-Security-Token: nonsense',
  'X-HTTP-Method-Override: DELETE',
  'Content-Encoding: gzip',
  'TE: trailers',
  'Cookie: a=b',
  'X-Forwarded-For: 10.0.0.1',
  'Authorization: Basic eDp5',
  'Transfer-Encoding: identity',
  ' folded: line',
  'X-Null: \u0000',
  'NoColon',
];

const pick = <T>(random: RandomMoments, of: readonly T[]): T => of[random.below(of.length)] as T;
const whole = ({ head, body }: WireRequest) => `${head}\r\n\r\n${body}`;
const octet = (random: RandomMoments) => String.fromCharCode(random.below(256));

/** With another octet somewhere. */
function disturbed(text: string, random: RandomMoments): string {
  const at = random.below(Math.max(1, text.length));
  return text.slice(0, at) + octet(random) + text.slice(at + 1);
}

/** With another value of a header; as it was where there is no such header. */
function withHeader({ head, body }: WireRequest, name: string, change: (value: string) => string) {
  const lines = head
    .split('\r\n')
    .map((line) =>
      line.toLowerCase().startsWith(`${name}:`)
        ? `${name}:${change(line.slice(name.length + 1))}`
        : line,
    );
  return { head: lines.join('\r\n'), body };
}

/** So many hexadecimal digits. */
function hex(length: number, random: RandomMoments): string {
  const words = Array.from({ length: Math.ceil(length / 8) }, () => random.below(2 ** 32));
  return words
    .map((word) => word.toString(16).padStart(8, '0'))
    .join('')
    .slice(0, length);
}
const inAuthorization =
  (what: RegExp, value: (random: RandomMoments) => string) =>
  (request: WireRequest, random: RandomMoments): Hostile => ({
    octets: whole(
      withHeader(request, 'authorization', (text) => text.replace(what, value(random))),
    ),
  });

export const WAYS: readonly Way[] = [
  {
    name: 'a good signature',
    weight: 10,
    framed: true,
    make: (request) => ({ octets: whole(request) }),
  },
  {
    name: 'another signature',
    weight: 14,
    framed: true,
    make: inAuthorization(/Signature=.*/, (random) => `Signature=${hex(64, random)}`),
  },
  {
    name: 'an invented access key',
    weight: 6,
    framed: true,
    make: inAuthorization(
      /Credential=[^/]*/,
      (random) => `Credential=AKIA${hex(16, random).toUpperCase()}`,
    ),
  },
  {
    name: 'another scope',
    weight: 4,
    framed: true,
    make: inAuthorization(
      /\/[a-z0-9-]*\/[a-z]*\/aws4_request/,
      (random) =>
        `/${pick(random, ['eu-west-1', '', 'x'.repeat(500)])}/${pick(random, ['s3', 'KMS', ''])}/aws4_request`,
    ),
  },
  {
    name: 'other signed headers',
    weight: 4,
    framed: true,
    make: inAuthorization(
      /SignedHeaders=[^,]*/,
      (random) =>
        `SignedHeaders=${pick(random, ['', 'host', ';;;', 'host;'.repeat(3000), 'host;host'])}`,
    ),
  },
  {
    name: 'a disturbed Authorization',
    weight: 6,
    make: (request, random) => ({
      octets: whole(withHeader(request, 'authorization', (text) => disturbed(text, random))),
    }),
  },
  {
    name: 'no Authorization',
    weight: 4,
    framed: true,
    make: (request) => ({ octets: whole(withHeader(request, 'authorization', () => '')) }),
  },
  {
    name: 'a disturbed head',
    weight: 8,
    make: ({ head, body }, random) => ({
      octets: whole({ head: disturbed(head, random), body }),
      leavesAfterMs: PATIENCE_MS,
    }),
  },
  {
    name: 'a disturbed body',
    weight: 8,
    framed: true,
    make: ({ head, body }, random) => ({
      octets: whole({ head, body: body === '' ? '' : disturbed(body, random) }),
    }),
  },
  {
    name: 'another content type',
    weight: 4,
    framed: true,
    make: (request, random) => ({
      octets: whole(withHeader(request, 'content-type', () => pick(random, TYPES))),
    }),
  },
  {
    name: 'another target',
    weight: 4,
    framed: true,
    make: (request, random) => ({
      octets: whole(
        withHeader(request, 'x-amz-target', (text) =>
          pick(random, [
            '',
            text.repeat(200),
            'TrentService.',
            'constructor.prototype',
            disturbed(text, random).replaceAll(/[^ -~]/g, '?'),
          ]),
        ),
      ),
    }),
  },
  {
    name: 'another method',
    weight: 4,
    make: ({ head, body }, random) => ({
      octets: whole({ head: head.replace(/^\S+/, pick(random, METHODS)), body }),
      leavesAfterMs: PATIENCE_MS,
    }),
  },
  {
    name: 'another path',
    weight: 4,
    make: ({ head, body }, random) => ({
      octets: whole({ head: head.replace(/^(\S+) \S+/, `$1 ${pick(random, PATHS)}`), body }),
    }),
  },
  {
    name: 'a further header',
    weight: 6,
    make: ({ head, body }, random) => ({
      octets: whole({ head: `${head}\r\n${pick(random, HEADERS)}`, body }),
      leavesAfterMs: PATIENCE_MS,
    }),
  },
  {
    name: 'a great many headers',
    weight: 2,
    make: ({ head, body }, random) => ({
      octets: whole({
        head: head + `\r\nX-${random.below(9)}: y`.repeat(1 + random.below(3000)),
        body,
      }),
    }),
  },
  {
    name: 'a presigned query',
    weight: 4,
    make: (_, random) => ({
      octets: `GET /?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${pick(random, ['AKIA', 'a%2F20260101%2Fus-east-1%2Fsts%2Faws4_request', '%2F'.repeat(500)])}&X-Amz-Date=${pick(random, ['20260101T000000Z', 'now'])}&X-Amz-Expires=${pick(random, ['-1', '604801', '1e9'])}&X-Amz-SignedHeaders=host&X-Amz-Signature=${hex(random.below(100), random)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    }),
  },
  {
    name: 'a longer Content-Length',
    weight: 2,
    make: (request, random) => ({
      octets: whole(
        withHeader(
          request,
          'content-length',
          (length) => ` ${Number(length) + 1 + random.below(1e6)}`,
        ),
      ),
      leavesAfterMs: random.below(PATIENCE_MS),
    }),
  },
  {
    name: 'a shorter Content-Length',
    weight: 2,
    make: (request, random) => ({
      octets: whole(
        withHeader(request, 'content-length', (length) => ` ${random.below(Number(length) + 1)}`),
      ),
      leavesAfterMs: PATIENCE_MS,
    }),
  },
  {
    name: 'chunks',
    weight: 3,
    make: (request, random) => ({
      octets: whole({
        head: request.head.replace(/content-length: \d+/i, 'Transfer-Encoding: chunked'),
        body: `${pick(random, ['2', 'ffffffff', '-1', `2;${'x'.repeat(9000)}`])}\r\n{}\r\n0\r\n\r\n`,
      }),
      leavesAfterMs: PATIENCE_MS,
    }),
  },
  {
    name: 'both framings',
    weight: 1,
    make: ({ head, body }) => ({
      octets: whole({ head: `${head}\r\nTransfer-Encoding: chunked`, body }),
      leavesAfterMs: PATIENCE_MS,
    }),
  },
  {
    name: 'cut off',
    weight: 4,
    make: (request, random) => ({
      octets: whole(request).slice(0, random.below(whole(request).length)),
      leavesAfterMs: random.below(50),
    }),
  },
  {
    name: 'half-open',
    weight: 2,
    make: ({ head }) => ({ octets: `${head}\r\n\r\n`, ends: true, leavesAfterMs: PATIENCE_MS }),
  },
  {
    name: 'silence',
    weight: 1,
    make: (_, random) => ({ octets: '', leavesAfterMs: random.below(3000) }),
  },
  {
    name: 'half a head, then silence',
    weight: 1,
    make: ({ head }, random) => ({ octets: head.slice(0, 40), leavesAfterMs: random.below(3000) }),
  },
  {
    name: 'noise',
    weight: 2,
    make: (_, random) => ({
      octets: Array.from({ length: random.below(400) }, () => octet(random)).join(''),
      leavesAfterMs: PATIENCE_MS,
    }),
  },
  {
    name: 'half a ClientHello',
    weight: 1,
    make: () => ({
      octets: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      leavesAfterMs: PATIENCE_MS,
    }),
  },
  {
    name: 'an answer unread',
    weight: 1,
    make: (request, random) => ({
      octets: whole(request).repeat(5),
      leavesAfterMs: random.below(5),
    }),
  },
];

const TOTAL = WAYS.reduce((sum, { weight }) => sum + weight, 0);

/** A way, by the weights. */
export function anyWay(random: RandomMoments): Way {
  let drawn = random.below(TOTAL);
  for (const way of WAYS) {
    drawn -= way.weight;
    if (drawn < 0) return way;
  }
  throw new Error('the weights have no end');
}
