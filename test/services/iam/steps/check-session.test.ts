import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../../src/authz/model.js';
import { iamSections, stsSections } from '../../../../src/services/iam/registry.js';
import { checkSession } from '../../../../src/services/iam/steps/check-session.js';
import { ACCOUNT, user } from '../../../support/sample-principal.js';

const alice: Caller = { ...user('alice'), accessKeyId: 'ASIA' };
const session = { issuedAt: 0, expiresAt: 1 };
const root: Caller = { ...alice, type: 'Account', uniqueId: ACCOUNT, userId: ACCOUNT };
const ofRole: Caller = { ...alice, type: 'AssumedRole', session: { ...session, name: 'here' } };

const operations = [iamSections, stsSections].flatMap((sections) => Object.values(sections).flat());
const sts = operations.filter(({ service }) => service === 'sts');
const signed = sts.filter(({ access }) => access.by !== 'nothing').map(({ name }) => name);

/** The codes with which a caller's calls are refused, by operation. */
function refusals(caller: Caller): Map<string, string> {
  const refused = new Map<string, string>();
  for (const operation of operations) {
    try {
      checkSession({ caller, operation } as never);
    } catch (error) {
      refused.set(operation.id, Object(error).code);
    }
  }
  return refused;
}

const stsOnly = (refused: Map<string, string>) =>
  [...refused].filter(([id]) => id.startsWith('sts:')).map(([id]) => id.slice(4));
const iamOnly = (refused: Map<string, string>) =>
  new Set([...refused].filter(([id]) => id.startsWith('iam:')).map(([, code]) => code));

const OF_A_USER = [
  'AssumeRole',
  'GetCallerIdentity',
  'GetScopedCredentials',
  'GetWebIdentityToken',
];

describe('what callers may call of STS and IAM', () => {
  it.each([
    { who: 'a user with a long-term key', caller: alice },
    { who: 'the root user with a long-term key', caller: root },
  ])('$who: everything', ({ caller }) => {
    expect(refusals(caller)).toEqual(new Map());
  });

  it.each([
    { who: 'a user', caller: { ...alice, session } },
    { who: 'the root user', caller: { ...root, session } },
  ])('$who by GetSessionToken: little of STS, and of IAM with MFA alone', ({ caller }) => {
    const refused = refusals(caller);
    expect(stsOnly(refused)).toEqual(signed.filter((name) => !OF_A_USER.includes(name)));
    expect(iamOnly(refused)).toEqual(new Set(['InvalidClientTokenId']));
    const withMfa = refusals({ ...caller, session: { ...session, mfaAt: 0 } });
    expect(stsOnly(withMfa)).toEqual(stsOnly(refused));
    expect(iamOnly(withMfa)).toEqual(new Set());
  });

  it('whom a user has federated: next to nothing of STS, and nothing of IAM', () => {
    const may = ['GetCallerIdentity', 'GetScopedCredentials'];
    const refused = refusals({ ...alice, type: 'FederatedUser', session });
    expect(stsOnly(refused)).toEqual(signed.filter((name) => !may.includes(name)));
    expect(iamOnly(refused)).toEqual(new Set(['InvalidClientTokenId']));
    const iam = operations.filter(({ service }) => service === 'iam');
    expect([...refused.keys()].filter((id) => id.startsWith('iam:'))).toEqual(
      iam.map(({ id }) => id),
    );
  });

  it('a role: all of IAM, and of STS what needs no long-term key', () => {
    const without = ['GetSessionToken', 'GetFederationToken'];
    const refused = refusals(ofRole);
    expect(stsOnly(refused)).toEqual(signed.filter((name) => without.includes(name)));
    expect(iamOnly(refused)).toEqual(new Set());
  });

  it('whoever was forwarded: who they are', () => {
    const refused = refusals({ ...ofRole, via: { serviceName: 'backup.example.com' } });
    expect(stsOnly(refused)).toEqual(signed.filter((name) => name !== 'GetCallerIdentity'));
    expect(iamOnly(refused)).toEqual(new Set(['AccessDenied']));
  });
});
