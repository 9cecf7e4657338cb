/** What a decision costs on a warm key, in this process: no server, no signature. */

import { requestContext } from '../../src/authz/condition-keys.js';
import { decideOnResource } from '../../src/authz/evaluate.js';
import type { Grant } from '../../src/authz/grant.js';
import { GrantIndex } from '../../src/authz/grant-index.js';
import type { Principal } from '../../src/authz/model.js';
import { compilePolicy } from '../../src/authz/policy.js';
import type { AuthorizationRow } from './results.js';
import type { Sizes } from './sizes.js';

const ACCOUNT = '111122223333';
const ARN = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const USER = `arn:aws:iam::${ACCOUNT}:user/bench`;

const condition = (index: number) => ({
  StringEquals: { 'kms:EncryptionContext:tenant': `tenant-${index}` },
  Bool: { 'aws:SecureTransport': 'true' },
});

/** Ten statements of which the last delegates: the longest way to an answer. */
const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: Array.from({ length: 10 }, (_, index) =>
    index === 9
      ? { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
      : {
          Effect: index % 2 === 0 ? 'Allow' : 'Deny',
          Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/role-${index}` },
          Action: ['kms:Encrypt', 'kms:Decrypt'],
          Resource: '*',
          Condition: condition(index),
        },
  ),
};

const IDENTITY_POLICIES = Array.from({ length: 5 }, (_, index) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Deny', Action: 'kms:Encrypt', Resource: '*', Condition: condition(index) },
    {
      Effect: 'Allow',
      Action: 'kms:Encrypt',
      Resource: index === 4 ? `${ARN.slice(0, 45)}*` : `${ARN}-${index}`,
    },
  ],
}));

const policies = {
  identity: IDENTITY_POLICIES.map((document, index) =>
    compilePolicy(document, { kind: 'identity', id: `${USER}/${index}` }),
  ),
};
const principal: Principal = {
  type: 'User',
  accountId: ACCOUNT,
  arn: USER,
  principalArn: USER,
  uniqueId: 'AIDABENCH',
  userId: 'AIDABENCH',
  userName: 'bench',
  tags: new Map(),
  policies,
};

function requestOf(caller: Principal, encryptionContext: Readonly<Record<string, string>>) {
  const action = 'kms:Encrypt';
  const context = requestContext({
    principal: caller,
    action,
    resourceAccountId: ACCOUNT,
    region: 'us-east-1',
    now: 0,
    http: { sourceIp: '127.0.0.1', secure: true },
    encryptionContext,
  });
  return { principal: caller, action, resource: ARN, resourceAccountId: ACCOUNT, context };
}

export function measureAuthorization({ decisions }: Sizes): AuthorizationRow[] {
  const full = compilePolicy(KEY_POLICY, { kind: 'resource', id: ARN });
  const silent = compilePolicy({ Statement: [] }, { kind: 'resource', id: ARN });
  const nobody: Principal = { ...principal, policies: { identity: [] } };
  const byPolicies = microseconds(decisions, () => {
    const request = requestOf(principal, { tenant: 'x' });
    return decideOnResource({ request, resourcePolicy: full, crossAccountAllowed: true }).allowed;
  });
  const byGrant = (count: number) => {
    const index = grantsOf(count);
    return microseconds(decisions, () => {
      const request = requestOf(nobody, { tenant: 'blue', volume: `vol-${count - 1}` });
      const grants = () => index.matching(request);
      const question = { request, resourcePolicy: silent, crossAccountAllowed: true, grants };
      return decideOnResource(question).allowed;
    });
  };
  return [
    { what: '10 statements, 5 identity policies', microseconds: byPolicies },
    { what: 'a grant of 10', microseconds: byGrant(10) },
    { what: 'a grant of 50,000', microseconds: byGrant(50_000) },
  ];
}

/** All of one grantee, told apart by one pair of their encryption contexts. */
function grantsOf(count: number): GrantIndex {
  const index = new GrantIndex();
  for (let number = 0; number < count; number += 1) {
    const grant: Grant = {
      grantId: String(number),
      accountId: ACCOUNT,
      region: 'us-east-1',
      keyId: 'k',
      grantee: { name: USER, uniqueId: 'AIDABENCH' },
      issuingAccountId: ACCOUNT,
      operations: ['Encrypt', 'Decrypt'],
      constraints: { encryptionContextSubset: { tenant: 'blue', volume: `vol-${number}` } },
      createdAt: new Date(0),
    };
    index.add(grant);
  }
  return index;
}

function microseconds({ warmUp, measured }: Sizes['decisions'], decide: () => boolean): number {
  for (let round = 0; round < warmUp; round += 1) {
    if (!decide()) throw new Error('the decision to measure is a denial');
  }
  const begun = process.hrtime.bigint();
  for (let round = 0; round < measured; round += 1) decide();
  return Number(process.hrtime.bigint() - begun) / measured / 1000;
}
