/** How this server's decision is asked for, in the words of a row of a decision table. */
import { type RequestFacts, requestContext } from '../../../src/authz/condition-keys.js';
import type { Decision } from '../../../src/authz/decision.js';
import { decideOnIdentity, decideOnResource } from '../../../src/authz/evaluate.js';
import type { Principal } from '../../../src/authz/model.js';
import { compilePolicy } from '../../../src/authz/policy.js';
import type { PolicyKind } from '../../../src/authz/policy-source.js';
import {
  ACCOUNT,
  federatedUser,
  KEY_ARN,
  OTHER_ACCOUNT,
  roleSession,
  rootUser,
  service,
  user,
} from '../../support/sample-principal.js';
import type { DecisionRow } from './policies.js';

/** A row without its answer. */
export type Question = Omit<DecisionRow, 'name' | 'expected'>;

const CALLERS: Readonly<Record<NonNullable<Question['as']>, Principal>> = {
  alice: user('alice'),
  role: roleSession('Role', 'here'),
  federated: federatedUser('Fay', 'alice'),
  root: rootUser(),
  bob: user('bob', [], OTHER_ACCOUNT),
  otherRole: roleSession('Role', 'here', [], OTHER_ACCOUNT),
  otherRoot: rootUser(OTHER_ACCOUNT),
  service: service('logs.amazonaws.com'),
};

/** What every row is asked with: at noon on 1 January 2026, from 192.0.2.1, over TLS. */
export const baseFacts = (principal: Principal, action: string): RequestFacts => ({
  principal,
  action,
  resourceAccountId: ACCOUNT,
  region: 'eu-west-1',
  now: Date.UTC(2026, 0, 1, 12),
  http: { sourceIp: '192.0.2.1', secure: true },
});

export const SAMPLE_KEY = {
  keySpec: 'SYMMETRIC_DEFAULT',
  keyUsage: 'ENCRYPT_DECRYPT',
  origin: 'AWS_KMS',
  multiRegion: false,
  aliases: ['alias/a'],
  maxAliases: 50,
  tags: new Map([['Colour', 'Blue']]),
};

/** The decision on the sample key, which has one alias and one tag unless the row says otherwise. */
export function decide(row: Question): Decision {
  const { as = 'alice', action = 'kms:Encrypt', resource = KEY_ARN } = row;
  const compile = (kind: PolicyKind, statements: Question['key'] = []) =>
    compilePolicy(
      JSON.stringify({
        Version: row.version ?? '2012-10-17',
        Statement: statements.map((each) => ({
          ...(!Object.hasOwn(each, 'Action') && { Action: ['kms:*', 'iam:*'] }),
          ...(!Object.hasOwn(each, 'Resource') && { Resource: '*' }),
          ...each,
        })),
      }),
      { kind, id: kind },
      row.principalIds ? { principalIds: new Map(Object.entries(row.principalIds)) } : {},
    );
  const { boundary, session, scopeDown } = row;
  const principal: Principal = {
    ...CALLERS[as],
    policies: {
      identity: [compile('identity', row.identity)],
      ...(boundary && { boundary: compile('boundary', boundary) }),
      ...(session && { session: [compile('session', session)] }),
      ...(scopeDown && { scopeDown: scopeDown.map((each) => compile('session', each)) }),
    },
  };
  const context = requestContext({
    ...baseFacts(principal, action),
    key: SAMPLE_KEY,
    ...row.facts,
  });
  const request = { principal, action, resource, resourceAccountId: ACCOUNT, context };
  if (row.on === 'identity') return decideOnIdentity(request);
  return decideOnResource({
    request,
    resourcePolicy: compile('resource', row.key),
    crossAccountAllowed: row.crossAccount ?? true,
    ...(row.grants && {
      grants: () =>
        (row.grants ?? []).map((namedAs) => ({
          grantId: 'g',
          namedAs,
          issuingAccountId: row.issuer ?? ACCOUNT,
        })),
    }),
  });
}
