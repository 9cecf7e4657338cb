import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawCall, RawClient } from '../support/raw-client.js';
import { storedRows } from '../support/stored-rows.js';
import { Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let client: RawClient;
let before: Record<string, number>;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  client = new RawClient(strongroom);
  before = await storedRows(strongroom);
});

afterAll(async () => {
  await strongroom.dispose();
});

const MINUTE_MS = 60_000;
const createKey: RawCall = { operation: 'CreateKey', body: '{}' };

interface Unauthenticated {
  readonly name: string;
  readonly call: () => RawCall;
  readonly code: string;
  readonly message: RegExp;
}

const unauthenticated: Unauthenticated[] = [
  {
    name: 'an unsigned call',
    call: () => ({ signed: false }),
    code: 'MissingAuthenticationTokenException',
    message: /^Missing Authentication Token$/,
  },
  {
    name: 'a signature by another secret',
    call: () => ({ secretAccessKey: 'x'.repeat(40) }),
    code: 'InvalidSignatureException',
    message: /^The request signature we calculated does not match the signature you provided\./,
  },
  {
    name: 'an access key that nobody has',
    call: () => ({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }),
    code: 'UnrecognizedClientException',
    message: /^The security token included in the request is invalid\.$/,
  },
  {
    name: 'a signature made 6 minutes ago',
    call: () => ({ signedAt: new Date(Date.now() - 6 * MINUTE_MS) }),
    code: 'InvalidSignatureException',
    message: /^Signature expired: /,
  },
  {
    name: 'a signature made in 6 minutes',
    call: () => ({ signedAt: new Date(Date.now() + 6 * MINUTE_MS) }),
    code: 'InvalidSignatureException',
    message: /^Signature not yet current: /,
  },
  {
    name: 'a scope in a Region that is not served',
    call: () => ({ region: 'eu-west-1' }),
    code: 'InvalidSignatureException',
    message: /^Credential should be scoped to a valid region\.$/,
  },
  {
    name: 'a scope of another service',
    call: () => ({ service: 's3' }),
    code: 'InvalidSignatureException',
    message: /^Credential should be scoped to correct service: 'kms'\.$/,
  },
  {
    name: 'an Authorization header without its parts',
    call: () => ({
      signed: false,
      headers: { authorization: 'AWS4-HMAC-SHA256 SignedHeaders=host' },
    }),
    code: 'IncompleteSignatureException',
    message: /^Authorization header requires 'Credential' parameter\./,
  },
  {
    name: 'another scheme of authorization',
    call: () => ({ signed: false, headers: { authorization: 'Basic cm9vdDpyb290' } }),
    code: 'IncompleteSignatureException',
    message: /./,
  },
];

describe('callers who are not known', () => {
  it.each(unauthenticated)('$name is refused', async ({ call, code, message }) => {
    const answer = await client.call({
      ...createKey,
      ...call(),
      headers: { ...createKey.headers, ...call().headers },
    });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toStrictEqual({
      __type: code,
      message: expect.stringMatching(message),
    });
  });

  it.each(unauthenticated)('$name is refused on the REST face', async ({ call, code }) => {
    const answer = await client.call({ path: '/v1/keys', body: '{}', ...call() });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: code });
  });

  it('a body other than the signed one is refused', async () => {
    const headers = await client.headers({ ...createKey, body: '{"Description":"a"}' });
    const answer = await client.call({ body: '{"Description":"b"}', headers, signed: false });
    expect(JSON.parse(answer.body)).toMatchObject({ __type: 'InvalidSignatureException' });
  });

  it('a target other than the signed one is refused', async () => {
    const headers = await client.headers({ operation: 'ListKeys', body: '{}' });
    const target = { ...headers, 'x-amz-target': 'TrentService.CreateKey' };
    const answer = await client.call({ body: '{}', headers: target, signed: false });
    expect(JSON.parse(answer.body)).toMatchObject({ __type: 'InvalidSignatureException' });
  });

  it('hears of its signature before it hears of its members', async () => {
    const answer = await client.call({ operation: 'DescribeKey', body: '{', signed: false });
    expect(JSON.parse(answer.body)).toMatchObject({
      __type: 'MissingAuthenticationTokenException',
    });
  });
});

describe('X-Amz-Target', () => {
  it.each([
    undefined,
    '',
    'CreateKey',
    'TrentService',
    'TrentService.',
    'TrentService.createkey',
    'TrentService.CreateKey.CreateKey',
    'trentservice.CreateKey',
    'DynamoDB_20120810.CreateTable',
    'TrentService.__proto__',
    'TrentService.constructor',
    'TrentService.CreateKey, TrentService.CreateKey',
    'TrentService.CreateKey\u00e9',
  ])('%j names no operation', async (target) => {
    const headers = target === undefined ? {} : { 'x-amz-target': target };
    const answer = await client.call({ body: '{}', headers });
    expect(answer.status).toBe(400);
    expect(answer.body).toBe('{"__type":"UnknownOperationException"}');
  });
});

describe('methods and paths of nothing', () => {
  it.each([
    ['GET', '/'],
    ['PUT', '/'],
    ['DELETE', '/'],
    ['OPTIONS', '/'],
    ['PROPFIND', '/'],
    ['POST', '//'],
    ['POST', '/.'],
    ['POST', '/index.html'],
    ['POST', 'http://strongroom/'],
    ['PUT', '/v1/keys'],
    ['POST', '/V1/keys'],
    ['POST', '/v1/Keys'],
    ['POST', '/v1/keys/'],
    ['POST', '//v1/keys'],
    ['POST', '/v1//keys'],
    ['POST', '/v1/./keys'],
    ['POST', '/./v1/keys'],
    ['POST', '/v1/x/../keys'],
    ['POST', '/../v1/keys'],
    ['POST', '/v1/%2e/keys'],
    ['POST', '/v1/%2e%2e/v1/keys'],
    ['POST', '/v1/%6beys'],
    ['POST', '/v1/keys%2f'],
    ['POST', '/v1/keys%00'],
    ['GET', '/v1/keys/%ff'],
    ['GET', '/v1/keys/%'],
    ['GET', '/v1/keys/%c3%28'],
    ['GET', '/v1/keys/x/../../keys'],
    ['GET', '/v1'],
    ['GET', '/etc/passwd'],
    ['GET', '/..%2f..%2fetc%2fpasswd'],
  ])('%s %s is 404', async (method, path) => {
    const answer = await client.call({ method, path, body: '' });
    expect(answer.status).toBe(404);
    expect(answer.body).toBe('{"__type":"UnknownOperationException"}');
  });

  it.each(['GET', 'POST'])(
    '%s /?Action=CreateKey is a query, of IAM and STS alone',
    async (method) => {
      const answer = await client.call({ method, path: '/?Action=CreateKey', body: '' });
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('<Code>InvalidAction</Code>');
    },
  );

  it('GET /v1/keys/%00 has a character that no stored text may have', async () => {
    const answer = await client.call({ method: 'GET', path: '/v1/keys/%00' });
    expect(JSON.parse(answer.body)).toMatchObject({
      __type: 'ValidationException',
      message: expect.stringContaining('Member must not contain U+0000'),
    });
  });

  it.each(['/v1/keys/%2e%2e', '/v1/keys/..%2f..%2fetc', '/v1/keys/%20'])(
    'GET %s names a key that cannot be',
    async (path) => {
      const answer = await client.call({ method: 'GET', path });
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.body)).toMatchObject({ __type: 'NotFoundException' });
    },
  );
});

describe('queries of the REST face', () => {
  it.each([
    { query: 'Limit=1&Limit=2', status: 400, type: /SerializationException$/ },
    { query: 'Limit=x', status: 400, type: /SerializationException$/ },
    { query: 'Limit=0', status: 400, type: /^ValidationException$/ },
    { query: 'Limit=1?Limit=2', status: 400, type: /SerializationException$/ },
    { query: 'Marker=a&Marker=b', status: 400, type: /SerializationException$/ },
    { query: 'Marker=%00', status: 400, type: /^ValidationException$/ },
  ])('$query is refused', async ({ query, status, type }) => {
    const answer = await client.call({ method: 'GET', path: `/v1/keys?${query}` });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: expect.stringMatching(type) });
  });

  it.each(['constructor=a', 'toString=a&toString=b', 'Unknown=a', ''])(
    '%j is ignored',
    async (query) => {
      const answer = await client.call({ method: 'GET', path: `/v1/keys?${query}` });
      expect(answer).toMatchObject({ status: 200, body: '{"Keys":[],"Truncated":false}' });
    },
  );

  it('a member may not come in the query and in the path', async () => {
    const answer = await client.call({ method: 'GET', path: '/v1/keys/a?KeyId=b' });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ message: 'KeyId is given more than once.' });
  });
});

it('still serves, and has stored nothing', async () => {
  await expect(client.ask('ListKeys', {})).resolves.toStrictEqual({ Keys: [], Truncated: false });
  await expect(storedRows(strongroom)).resolves.toStrictEqual(before);
});
