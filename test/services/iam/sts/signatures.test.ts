/** How products prove with STS who somebody is: signed requests that they pass on. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { Sha256 } from '@aws-crypto/sha256-js';
import { DeleteAccessKeyCommand, GetUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { SignatureV4 } from '@smithy/signature-v4';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditRecords } from '../../../support/audit-records.js';
import {
  type Clients,
  type Credentials,
  clientsOf,
  newUser,
  temporary,
} from '../../../support/principals.js';
import { sharedServer } from '../../../support/shared-server.js';
import { ACCOUNT_ID, REGION, type Strongroom } from '../../../support/strongroom.js';

const FORM = { Action: 'GetCallerIdentity', Version: '2011-06-15' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

let strongroom: Strongroom;
let root: Clients;
let alice: Awaited<ReturnType<typeof newUser>>;
beforeAll(async () => {
  ({ strongroom } = sharedServer());
  root = clientsOf(strongroom, await strongroom.credentials());
  alice = await newUser(strongroom, root, 'SignedByAlice');
});

interface Sent {
  readonly method?: string;
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly service?: string;
  readonly region?: string;
}

function signing(credentials: Credentials, { service = 'sts', region = REGION }: Sent) {
  const { sessionToken, ...pair } = credentials;
  const signer = new SignatureV4({
    ...{ service, region, sha256: Sha256, applyChecksum: false },
    credentials: { ...pair, ...(sessionToken !== undefined && { sessionToken }) },
  });
  return signer;
}

function toSign({ method = 'GET', query = {}, headers = {}, body = '' }: Sent) {
  const { hostname, host } = new URL(strongroom.endpoint);
  const own = { ...headers, host };
  return { method, query, headers: own, body, protocol: 'http:', hostname, path: '/' };
}

const targetOf = (query: Record<string, unknown> = {}) => {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return pairs.length === 0 ? '/' : `/?${pairs.join('&')}`;
};

async function send(
  path: string,
  { method = 'GET', headers = {}, body = '' }: Sent,
): Promise<{ status: number | undefined; text: string }> {
  const { hostname: host, port } = new URL(strongroom.endpoint);
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const outgoing = request({
    ...{ host, port, method, path, agent: false },
    headers: { ...headers, ...length },
  });
  outgoing.end(body);
  const [incoming] = await once(outgoing, 'response');
  return { status: incoming.statusCode, text: await text(incoming) };
}

/** What somebody hands over who wants to be known. */
async function presigned(credentials: Credentials, sent: Sent = {}): Promise<string> {
  const all = { query: FORM, ...sent };
  const { query } = await signing(credentials, all).presign(toSign(all), { expiresIn: 60 });
  return targetOf(query);
}

const arnIn = (answer: string) => /<Arn>([^<]*)</.exec(answer)?.[1];
const codeIn = (answer: string) => /<Code>([^<]*)</.exec(answer)?.[1];

describe('a presigned request', () => {
  it('says who signed it', async () => {
    const answer = await send(await presigned(alice.credentials), {});
    expect(answer.status).toBe(200);
    expect(arnIn(answer.text)).toBe(alice.arn);
  });

  it('says so of temporary credentials, their token signed or added later', async () => {
    const session = temporary((await alice.sts.send(new GetSessionTokenCommand({}))).Credentials);
    const whole = await send(await presigned(session), {});
    expect(arnIn(whole.text)).toBe(alice.arn);
    const { sessionToken = '', ...pair } = session;
    const without = await presigned(pair);
    const added = `${without}&X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`;
    expect(arnIn((await send(added, {})).text)).toBe(alice.arn);
    expect(codeIn((await send(without, {})).text)).toBe('InvalidClientTokenId');
    const other = temporary((await alice.sts.send(new GetSessionTokenCommand({}))).Credentials);
    const swapped = `${without}&X-Amz-Security-Token=${encodeURIComponent(other.sessionToken ?? '')}`;
    expect(codeIn((await send(swapped, {})).text)).toBe('InvalidClientTokenId');
  });

  it('may be a POST, with the form in its body or in its query', async () => {
    const body = new URLSearchParams(FORM).toString();
    const headers = FORM_TYPE;
    const inBody = { method: 'POST', query: {}, headers, body };
    const answer = await send(await presigned(alice.credentials, inBody), inBody);
    expect(arnIn(answer.text)).toBe(alice.arn);
    const inQuery = { method: 'POST', query: FORM };
    expect(arnIn((await send(await presigned(alice.credentials, inQuery), inQuery)).text)).toBe(
      alice.arn,
    );
    const twice = { ...inBody, query: FORM };
    const refused = await send(await presigned(alice.credentials, twice), twice);
    expect(codeIn(refused.text)).toBe('MalformedQueryString');
  });

  it('has headers that it signed, as EKS asks for one', async () => {
    const headers = { 'x-k8s-aws-id': 'cluster' };
    const target = await presigned(alice.credentials, { headers });
    expect(arnIn((await send(target, { headers })).text)).toBe(alice.arn);
    for (const sent of [{}, { headers: { 'x-k8s-aws-id': 'other' } }]) {
      const answer = await send(target, sent);
      expect(answer.status).toBe(403);
      expect(codeIn(answer.text)).toBe('SignatureDoesNotMatch');
    }
  });

  it('has no body but the signed one', async () => {
    const target = await presigned(alice.credentials);
    const answer = await send(target, { body: 'Action=GetSessionToken' });
    expect(answer.status).toBe(403);
    expect(codeIn(answer.text)).toBe('SignatureDoesNotMatch');
  });

  it.each([
    { what: 'for IAM', sent: { service: 'iam' }, code: 'SignatureDoesNotMatch' },
    {
      what: 'sent to IAM',
      sent: { service: 'iam', query: { Action: 'GetUser', Version: '2010-05-08' } },
      code: 'MissingAuthenticationToken',
    },
    { what: 'for KMS', sent: { service: 'kms' }, code: 'SignatureDoesNotMatch' },
    {
      what: 'for another Region',
      sent: { region: 'mars-north-1' },
      code: 'SignatureDoesNotMatch',
    },
  ])('$what is refused', async ({ sent, code }) => {
    const answer = await send(await presigned(alice.credentials, sent), {});
    expect(answer.status).toBe(403);
    expect(codeIn(answer.text)).toBe(code);
  });

  it('ends with the access key that signed it, and is recorded with what it claims', async () => {
    const bob = await newUser(strongroom, root, 'SignedByBob');
    const target = await presigned(bob.credentials);
    expect(arnIn((await send(target, {})).text)).toBe(bob.arn);
    const { accessKeyId: AccessKeyId } = bob.credentials;
    await root.iam.send(new DeleteAccessKeyCommand({ UserName: 'SignedByBob', AccessKeyId }));
    const answer = await send(target, {});
    expect(answer.status).toBe(403);
    expect(codeIn(answer.text)).toBe('InvalidClientTokenId');
    const records = await auditRecords(strongroom);
    const refused = records.filter(({ userIdentity, errorCode }) => {
      const { accessKeyId } = Object(userIdentity);
      return accessKeyId === AccessKeyId && errorCode === 'InvalidClientTokenId';
    });
    expect(refused).toHaveLength(1);
  });
});

describe('a signed request that is passed on', () => {
  it('may be a POST without a body, as Google takes them', async () => {
    const sent = { method: 'POST', query: FORM, headers: { 'x-goog-cloud-target-resource': 'r' } };
    const { headers } = await signing(alice.credentials, sent).sign(toSign(sent));
    const answer = await send(targetOf(FORM), { method: 'POST', headers });
    expect(arnIn(answer.text)).toBe(alice.arn);
  });
});

it('EKS tokens of the AWS CLI are taken', async () => {
  const { accessKeyId, secretAccessKey } = alice.credentials;
  const { stdout } = await promisify(execFile)(
    'aws',
    ['eks', 'get-token', '--cluster-name', 'prod', '--output', 'json', '--region', REGION],
    {
      env: {
        PATH: process.env.PATH,
        HOME: strongroom.dir,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_ENDPOINT_URL_STS: strongroom.endpoint,
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    },
  );
  const { token } = JSON.parse(stdout).status;
  const url = new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());
  // Debian's CLI knows no endpoints by the environment: then the host is AWS's, and signed.
  const headers = { 'x-k8s-aws-id': 'prod', host: url.host };
  const answer = await send(url.pathname + url.search, { headers });
  expect(arnIn(answer.text)).toBe(alice.arn);
}, 60_000);

it('aws-global is us-east-1 to IAM and STS, and nowhere to others', async () => {
  const { endpoint } = strongroom;
  const { accessKeyId, secretAccessKey } = await strongroom.credentials();
  const config = {
    endpoint,
    region: 'aws-global',
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
  };
  const identity = await new STSClient(config).send(new GetCallerIdentityCommand({}));
  expect(identity.Arn).toBe(`arn:aws:iam::${ACCOUNT_ID}:root`);
  const { $metadata } = await new IAMClient(config).send(
    new GetUserCommand({ UserName: 'SignedByAlice' }),
  );
  const record = (await auditRecords(strongroom)).find(
    ({ requestID }) => requestID === $metadata.requestId,
  );
  expect(record).toMatchObject({ awsRegion: 'us-east-1', eventName: 'GetUser' });
  const signed = await signing(await strongroom.credentials(), {
    service: 'sts',
    region: 'aws-global',
  }).sign(toSign({ query: FORM }));
  expect(signed.headers.authorization).toContain('/aws-global/sts/');
  expect((await send(targetOf(FORM), { headers: signed.headers })).status).toBe(200);
  const kms = await signing(await strongroom.credentials(), {
    service: 'kms',
    region: 'aws-global',
  }).sign(
    toSign({
      method: 'POST',
      headers: {
        'x-amz-target': 'TrentService.ListKeys',
        'content-type': 'application/x-amz-json-1.1',
      },
    }),
  );
  const refused = await send('/', { method: 'POST', headers: kms.headers });
  expect(refused.text).toContain('Credential should be scoped to a valid region.');
});
