import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestContext } from '../../src/authz/condition-keys.js';
import type { Grant, GrantConstraints, GrantOperation } from '../../src/authz/grant.js';
import { GrantIndex } from '../../src/authz/grant-index.js';
import { grantAllows } from '../../src/authz/grant-match.js';
import type { Principal } from '../../src/authz/model.js';

import {
  ACCOUNT,
  KEY_ARN,
  OTHER_ACCOUNT,
  roleSession,
  rootUser,
  service,
  user,
} from '../support/sample-principal.js';

const alice = user('alice');
const session = roleSession('Role', 'here');
const GRANTEES = {
  user: { name: alice.arn, uniqueId: alice.uniqueId },
  role: { name: session.principalArn, uniqueId: session.uniqueId },
  session: { name: session.arn, uniqueId: session.uniqueId },
  account: { name: `arn:aws:iam::${ACCOUNT}:root` },
  service: { name: 'logs.amazonaws.com' },
  gone: { name: alice.arn, uniqueId: 'AIDAZZZZZZZZZZZZZZZZZ' },
} as const;

let count = 0;
function grantOf(
  grantee: keyof typeof GRANTEES,
  operations: readonly GrantOperation[],
  constraints: GrantConstraints = {},
): Grant {
  count += 1;
  return {
    grantId: String(count),
    accountId: ACCOUNT,
    region: 'us-east-1',
    keyId: 'k',
    grantee: GRANTEES[grantee],
    issuingAccountId: ACCOUNT,
    operations,
    constraints,
    createdAt: new Date(0),
  };
}

function requestOf(
  principal: Principal,
  operation: GrantOperation = 'Decrypt',
  encryptionContext?: Record<string, string>,
  sourceArn?: string,
) {
  const action = `kms:${operation}`;
  const context = requestContext({
    principal,
    action,
    resourceAccountId: ACCOUNT,
    region: 'us-east-1',
    now: 0,
    http: { sourceIp: '', secure: true },
    encryptionContext,
    sourceArn,
  });
  return { principal, action, resource: KEY_ARN, resourceAccountId: ACCOUNT, context };
}

const blue = { encryptionContextSubset: { Tenant: 'blue' } };
const onlyBlue = { encryptionContextEquals: { Tenant: 'blue' } };
const fromS3 = { sourceArn: 'arn:aws:s3:::bucket' };

describe('a grant', () => {
  it.each<[string, Grant, ReturnType<typeof requestOf>, boolean]>([
    ['to the user', grantOf('user', ['Decrypt']), requestOf(alice), true],
    ['to another', grantOf('user', ['Decrypt']), requestOf(user('bob')), false],
    ['to the user of that name, made again', grantOf('gone', ['Decrypt']), requestOf(alice), false],
    ['of another operation', grantOf('user', ['Encrypt']), requestOf(alice), false],
    ['to a role, for its session', grantOf('role', ['Decrypt']), requestOf(session), true],
    ['to a session', grantOf('session', ['Decrypt']), requestOf(session), true],
    [
      'to another session',
      grantOf('session', ['Decrypt']),
      requestOf(roleSession('Role', 'there')),
      false,
    ],
    ['to the account, for a user', grantOf('account', ['Decrypt']), requestOf(alice), true],
    ['to the account, for root', grantOf('account', ['Decrypt']), requestOf(rootUser()), true],
    [
      'to the account, for another account',
      grantOf('account', ['Decrypt']),
      requestOf(rootUser(OTHER_ACCOUNT)),
      false,
    ],
    [
      'to a service',
      grantOf('service', ['Decrypt']),
      requestOf(service('logs.amazonaws.com')),
      true,
    ],
    [
      'to another service',
      grantOf('service', ['Decrypt']),
      requestOf(service('s3.amazonaws.com')),
      false,
    ],
    [
      'to the account, for a service',
      grantOf('account', ['Decrypt']),
      requestOf(service('s3.amazonaws.com')),
      false,
    ],
    [
      'subset: more pairs',
      grantOf('user', ['Decrypt'], blue),
      requestOf(alice, 'Decrypt', { Tenant: 'blue', a: 'b' }),
      true,
    ],
    [
      'subset: keys have no case',
      grantOf('user', ['Decrypt'], blue),
      requestOf(alice, 'Decrypt', { tenant: 'blue' }),
      true,
    ],
    [
      'subset: values have case',
      grantOf('user', ['Decrypt'], blue),
      requestOf(alice, 'Decrypt', { Tenant: 'Blue' }),
      false,
    ],
    ['subset: no context', grantOf('user', ['Decrypt'], blue), requestOf(alice), false],
    [
      'equals: the same',
      grantOf('user', ['Decrypt'], onlyBlue),
      requestOf(alice, 'Decrypt', { Tenant: 'blue' }),
      true,
    ],
    [
      'equals: more pairs',
      grantOf('user', ['Decrypt'], onlyBlue),
      requestOf(alice, 'Decrypt', { Tenant: 'blue', a: 'b' }),
      false,
    ],
    [
      'equals nothing: no context',
      grantOf('user', ['Decrypt'], { encryptionContextEquals: {} }),
      requestOf(alice),
      true,
    ],
    [
      'equals nothing: some context',
      grantOf('user', ['Decrypt'], { encryptionContextEquals: {} }),
      requestOf(alice, 'Decrypt', { a: 'b' }),
      false,
    ],
    [
      'DescribeKey knows no context',
      grantOf('user', ['DescribeKey'], onlyBlue),
      requestOf(alice, 'DescribeKey'),
      true,
    ],
    [
      'from the source',
      grantOf('user', ['Decrypt'], fromS3),
      requestOf(alice, 'Decrypt', undefined, 'arn:aws:s3:::bucket'),
      true,
    ],
    [
      'from another source',
      grantOf('user', ['Decrypt'], fromS3),
      requestOf(alice, 'Decrypt', undefined, 'arn:aws:s3:::other'),
      false,
    ],
    ['without a source', grantOf('user', ['Decrypt'], fromS3), requestOf(alice), false],
    [
      'DescribeKey keeps to the source',
      grantOf('user', ['DescribeKey'], fromS3),
      requestOf(alice, 'DescribeKey'),
      false,
    ],
  ])('%s', (_, grant, request, allowed) => {
    expect(grantAllows(grant, request)).toBe(allowed);
    const index = new GrantIndex();
    index.add(grant);
    const found = [...index.matching(request)].map(({ grantId }) => grantId);
    expect(found).toEqual(allowed ? [grant.grantId] : []);
  });
});

const constraints = fc.constantFrom<GrantConstraints>(
  {},
  blue,
  onlyBlue,
  fromS3,
  { ...blue, ...fromS3 },
  { encryptionContextSubset: { Tenant: 'blue', n: '1' } },
  { encryptionContextSubset: { tenant: 'blue', N: '2' } },
  { encryptionContextEquals: {} },
);
const grants = fc
  .tuple(
    fc.constantFrom(...(Object.keys(GRANTEES) as (keyof typeof GRANTEES)[])),
    fc.subarray(['Decrypt', 'Encrypt', 'DescribeKey'] as const, { minLength: 1 }),
    constraints,
  )
  .map((parts) => grantOf(...parts));
const requests = fc
  .tuple(
    fc.constantFrom(alice, session, rootUser(), service('logs.amazonaws.com'), user('bob')),
    fc.constantFrom<GrantOperation>('Decrypt', 'DescribeKey'),
    fc.constantFrom<Record<string, string> | undefined>(
      undefined,
      {},
      { Tenant: 'blue' },
      { tenant: 'blue', n: '1' },
      { TENANT: 'blue', n: '2' },
    ),
    fc.constantFrom<string | undefined>(undefined, 'arn:aws:s3:::bucket'),
  )
  .map((parts) => requestOf(...parts));

it('finds what looking at every grant finds, also after some are gone', () => {
  fc.assert(
    fc.property(
      fc.array(grants, { maxLength: 12 }),
      fc.infiniteStream(fc.boolean()),
      fc.array(requests, { minLength: 1, maxLength: 6 }),
      (all, coin, asked) => {
        const index = new GrantIndex();
        for (const grant of all) index.add(grant);
        const kept = all.filter((grant) => {
          const stays = coin.next().value;
          if (!stays) index.remove(grant.grantId);
          return stays;
        });
        for (const request of asked) {
          const found = [...index.matching(request)].map(({ grantId }) => grantId);
          const allowing = kept.filter((grant) => grantAllows(grant, request));
          expect(found.length > 0).toBe(allowing.length > 0);
          expect(allowing.map(({ grantId }) => grantId)).toEqual(expect.arrayContaining(found));
        }
        for (const { grantId } of kept) index.remove(grantId);
        expect(index.size).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});
