/** What a policy and the trail make of a call that came through a trusted proxy: aws:SourceIp is its client. */
import { join } from 'node:path';
import { PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { type KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditRecordsIn } from '../support/audit-records.js';
import { endingOf } from '../support/clients.js';
import { allow, clientsOf, newUser } from '../support/principals.js';
import { Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let kms: KMSClient;
/** What the proxy adds to the next request, behind its signature. */
let added: Record<string, string> = {};

beforeAll(async () => {
  strongroom = await Strongroom.start({ yaml: { trustedProxies: ['127.0.0.1', '10.0.0.0/8'] } });
  const root = clientsOf(strongroom, await strongroom.credentials());
  const user = await newUser(strongroom, root, 'alice');
  kms = user.kms;
  const Condition = {
    IpAddress: { 'aws:SourceIp': '192.0.2.0/24' },
    Bool: { 'aws:SecureTransport': 'true' },
  };
  const PolicyDocument = allow('kms:ListKeys', '*', { Condition });
  const policy = { UserName: 'alice', PolicyName: 'from-there', PolicyDocument };
  await root.iam.send(new PutUserPolicyCommand(policy));
  kms.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: object }).headers, added);
      return next(args);
    },
    { step: 'deserialize', priority: 'low' },
  );
});
afterAll(() => strongroom.dispose());

const DENIED = 'AccessDeniedException';

it.each([
  ['192.0.2.7', 'https', 'answered', '192.0.2.7'],
  ['203.0.113.1, 192.0.2.7, 10.0.0.9', 'https', 'answered', '192.0.2.7'],
  ['192.0.2.7', 'http', DENIED, '192.0.2.7'],
  ['192.0.2.7', undefined, DENIED, '192.0.2.7'],
  ['192.0.2.7, 203.0.113.1', 'https', DENIED, '203.0.113.1'],
  [undefined, 'https', DENIED, '127.0.0.1'],
  ['unknown', 'https', 'ValidationException', undefined],
])('X-Forwarded-For: %s, X-Forwarded-Proto: %s: %s', async (hops, protocol, ending, address) => {
  added = {
    ...(hops !== undefined && { 'x-forwarded-for': hops }),
    ...(protocol !== undefined && { 'x-forwarded-proto': protocol }),
  };
  const calls = async () =>
    (await auditRecordsIn(join(strongroom.dataDir, 'audit'))).filter(
      ({ eventName }) => eventName === 'ListKeys',
    );
  const before = (await calls()).length;
  expect(await endingOf(kms.send(new ListKeysCommand({})))).toBe(ending);
  const records = (await calls()).slice(before);
  expect(records.map(({ sourceIPAddress }) => sourceIPAddress)).toEqual(
    address === undefined ? [] : [address],
  );
});
