import type { Principal } from '../../src/authz/model.js';
import { compilePolicy } from '../../src/authz/policy.js';

export const ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '444455556666';
export const KEY_ARN = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

const none = { tags: new Map<string, string>(), policies: { identity: [] } };

export function rootUser(accountId: string = ACCOUNT): Principal {
  const arn = `arn:aws:iam::${accountId}:root`;
  return {
    ...none,
    type: 'Account',
    accountId,
    arn,
    principalArn: arn,
    uniqueId: accountId,
    userId: accountId,
  };
}

/** A user with these identity policies, as documents. */
export function user(
  name: string,
  policies: readonly unknown[] = [],
  accountId: string = ACCOUNT,
): Principal {
  const arn = `arn:aws:iam::${accountId}:user/${name}`;
  const uniqueId = uniqueIdOf('AIDA', name);
  return {
    type: 'User',
    accountId,
    arn,
    principalArn: arn,
    uniqueId,
    userId: uniqueId,
    userName: name,
    tags: new Map(),
    policies: { identity: identityPolicies(arn, policies) },
  };
}

function identityPolicies(arn: string, documents: readonly unknown[]) {
  return documents.map((document, index) =>
    compilePolicy(document, { kind: 'identity', id: `${arn}/policy${index}` }),
  );
}

function uniqueIdOf(prefix: string, name: string): string {
  const letters = name.toUpperCase().replaceAll(/[^A-Z2-7]/g, 'X');
  return prefix + letters.padEnd(17, 'A').slice(0, 17);
}

/** A session of a role with these identity policies. */
export function roleSession(
  role: string,
  session: string,
  policies: readonly unknown[] = [],
  accountId: string = ACCOUNT,
): Principal {
  const principalArn = `arn:aws:iam::${accountId}:role/${role}`;
  const uniqueId = uniqueIdOf('AROA', role);
  const issuedAt = Date.UTC(2026, 0, 1);
  return {
    tags: new Map(),
    policies: { identity: identityPolicies(principalArn, policies) },
    type: 'AssumedRole',
    accountId,
    arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${session}`,
    principalArn,
    uniqueId,
    userId: `${uniqueId}:${session}`,
    session: { name: session, issuedAt, expiresAt: issuedAt + 3_600_000 },
  };
}

/** Whom a user of the same account has federated. */
export function federatedUser(name: string, by: string): Principal {
  const federator = user(by);
  const arn = `arn:aws:sts::${ACCOUNT}:federated-user/${name}`;
  const issuedAt = Date.UTC(2026, 0, 1);
  return {
    ...none,
    type: 'FederatedUser',
    accountId: ACCOUNT,
    arn,
    principalArn: arn,
    uniqueId: federator.uniqueId,
    userId: `${ACCOUNT}:${name}`,
    session: {
      issuedAt,
      expiresAt: issuedAt + 3_600_000,
      issuer: {
        type: 'IAMUser',
        arn: federator.arn,
        uniqueId: federator.uniqueId,
        userName: by,
      },
    },
  };
}

export function service(name: string): Principal {
  return {
    ...none,
    type: 'AWSService',
    accountId: ACCOUNT,
    arn: name,
    principalArn: name,
    uniqueId: name,
    userId: name,
    serviceName: name,
  };
}
