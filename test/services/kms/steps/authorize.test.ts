import { describe, expect, it } from 'vitest';
import { GrantIndex } from '../../../../src/authz/grant-index.js';
import type { Principal } from '../../../../src/authz/model.js';

import type { KmsCall, ResolvedKey } from '../../../../src/services/kms/call.js';
import type { KmsOperation } from '../../../../src/services/kms/operation.js';
import { defaultKeyPolicy } from '../../../../src/services/kms/policies/policy.js';
import { refuse } from '../../../../src/services/kms/refusals.js';
import { authorize } from '../../../../src/services/kms/steps/authorize.js';
import type { AuthorizePorts } from '../../../../src/services/kms/steps/authorize-key.js';
import { kmsCall } from '../../../support/kms-call.js';
import { operations } from '../../../support/kms-operations.js';
import { QUOTAS } from '../../../support/quotas.js';
import { SCOPE, sampleKey } from '../../../support/sample-key.js';
import { roleSession, rootUser, user } from '../../../support/sample-principal.js';
import { parsedCiphertext, resolvedKey } from './sample-need.js';

const OTHER = '444455556666';
const allow = (Action: string, Resource = '*') => ({
  Version: '2012-10-17',
  Statement: [{ Sid: 'ok', Effect: 'Allow', Action, Resource }],
});

const ports = {
  grants: { index: () => new GrantIndex() },
  quotas: QUOTAS,
} as unknown as AuthorizePorts;

function callOf(
  principal: Principal,
  access: Partial<KmsOperation['access']> = {},
  input: Record<string, unknown> = {},
) {
  const operation = {
    ...operations.get('Decrypt'),
    access: { keys: [], crossAccount: true, grants: true, ...access },
  } as KmsOperation;
  return kmsCall(operation, { principal, input });
}

/** The step on a call that has these keys. */
async function authorized(call: KmsCall, resolved: readonly ResolvedKey[]) {
  call.resolved = resolved;
  await authorize(call, ports);
  return call.authorized;
}

const policy = defaultKeyPolicy('aws', SCOPE.accountId);
const silent = defaultKeyPolicy('aws', OTHER);
const ownKey = sampleKey({ policy });
const own = resolvedKey({ key: ownKey });
const foreignPolicy = (Principal: unknown) =>
  JSON.stringify({ Statement: [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }] });
const foreign = (text: string) =>
  resolvedKey({
    accountId: OTHER,
    key: sampleKey({
      accountId: OTHER,
      arn: `arn:aws:kms:us-east-1:${OTHER}:key/${ownKey.keyId}`,
      policy: text,
    }),
  });
const absentForeign = resolvedKey({
  key: undefined,
  accountId: OTHER,
  absence: refuse.keyNotFound('x'),
});
const decrypter = user('alice', [allow('kms:Decrypt')]);
const crossAccount = refuse.crossAccount(decrypter.arn, 'kms:Decrypt').message;

describe('authorize', () => {
  it.each<[string, Principal, ResolvedKey, readonly string[]]>([
    ['root by delegation', rootUser(), own, [ownKey.arn]],
    ['a user by delegation', decrypter, own, [ownKey.arn, `${decrypter.arn}/policy0`]],
    [
      'another account by both sides',
      decrypter,
      foreign(foreignPolicy({ AWS: SCOPE.accountId })),
      [`arn:aws:kms:us-east-1:${OTHER}:key/${ownKey.keyId}`, `${decrypter.arn}/policy0`],
    ],
  ])('allows %s and names the statements', async (_, principal, entry, sources) => {
    const call = callOf(principal);
    expect(await authorized(call, [entry])).toStrictEqual([{ ...entry, grantIds: [] }]);
    const [decision] = call.decisions;
    expect(decision?.statements.map(({ source }) => source.id)).toStrictEqual(sources);
  });

  it.each<[string, Principal, ResolvedKey, string]>([
    [
      'a user without a policy',
      user('bob'),
      own,
      `User: ${user('bob').arn} is not authorized to perform: kms:Decrypt on resource: ${ownKey.arn} because no identity-based policy allows the kms:Decrypt action`,
    ],
    [
      'a session, by its own ARN',
      roleSession('Role', 'here'),
      own,
      `User: arn:aws:sts::${SCOPE.accountId}:assumed-role/Role/here is not authorized to perform: kms:Decrypt on resource: ${ownKey.arn} because no identity-based policy allows the kms:Decrypt action`,
    ],
    [
      'a key that is not there',
      decrypter,
      resolvedKey({ key: undefined, absence: refuse.keyNotFound('x') }),
      "Key 'x' does not exist",
    ],
    ['a foreign key whose policy is silent', decrypter, foreign(silent), crossAccount],
    ['a foreign key that is not there', decrypter, absentForeign, crossAccount],
    [
      'a ciphertext of a foreign key',
      decrypter,
      { ...foreign(silent), foundBy: 'ciphertext', ciphertext: parsedCiphertext() },
      refuse.unknownCiphertextKey().message,
    ],
    [
      'a ciphertext that nobody has',
      decrypter,
      resolvedKey({ key: undefined, foundBy: 'ciphertext', ciphertext: parsedCiphertext() }),
      refuse.unknownCiphertextKey().message,
    ],
  ])('refuses %s', async (_, principal, entry, message) => {
    await expect(authorized(callOf(principal), [entry])).rejects.toThrow(
      expect.objectContaining({ message }),
    );
  });

  it.each([
    ['that may', decrypter],
    ['that may not', user('bob')],
    [
      'bound to a spec',
      user('carol', [
        {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Action: 'kms:*',
              Resource: '*',
              Condition: { StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' } },
            },
          ],
        },
      ]),
    ],
  ])('says the same of a foreign key, there or not, to a caller %s', async (_, principal) => {
    const said = async (entry: ResolvedKey) => {
      const error = await authorized(callOf(principal), [entry]).catch((thrown: Error) => thrown);
      return String(error);
    };
    expect(await said(foreign(silent))).toBe(await said(absentForeign));
  });

  it('refuses other accounts where the operation is not for them', async () => {
    const entry = foreign(foreignPolicy('*'));
    await expect(authorized(callOf(decrypter, { crossAccount: false }), [entry])).rejects.toThrow(
      crossAccount,
    );
  });

  it('asks identity policies alone for operations without a key', async () => {
    const access = { action: 'kms:CreateKey' } as const;
    await expect(authorized(callOf(decrypter, access), [])).rejects.toThrow(
      `User: ${decrypter.arn} is not authorized to perform: kms:CreateKey on resource: * because no identity-based policy allows the kms:CreateKey action`,
    );
    await authorized(callOf(user('dave', [allow('kms:CreateKey')]), access), []);
  });

  it('needs TagResource for a key with tags', async () => {
    const access = {
      action: 'kms:CreateKey',
      alsoNeeds: () => [{ action: 'kms:TagResource' as const }],
    } as const;
    const maker = user('dave', [allow('kms:CreateKey')]);
    await expect(authorized(callOf(maker, access), [])).rejects.toThrow('kms:TagResource');
  });

  it('asks for the alias as well as for the key', async () => {
    const access = { action: 'kms:CreateAlias', alias: 'AliasName' } as const;
    const eve = user('eve', [allow('kms:CreateAlias', 'arn:aws:kms:*:*:key/*')]);
    const call = callOf(eve, access, { AliasName: 'alias/a' });
    await expect(authorized(call, [own])).rejects.toThrow(`${SCOPE.accountId}:alias/a because`);
  });
});

it('leaves what the operation decides to it, but for a Deny and a foreign key that is not there', async () => {
  const need = { ...own.need, action: 'kms:RetireGrant', authorizedBy: 'operation' } as const;
  const nobody = user('bob');
  const step = () => callOf(nobody);
  expect(await authorized(step(), [{ ...foreign(silent), need }])).toHaveLength(1);
  const text = refuse.crossAccount(nobody.arn, 'kms:RetireGrant').message;
  await expect(authorized(step(), [{ ...absentForeign, need }])).rejects.toThrow(text);
  const deny = { Statement: [{ Effect: 'Deny', Action: 'kms:RetireGrant', Resource: '*' }] };
  const barred = callOf(user('bob', [deny]));
  await expect(authorized(barred, [{ ...own, need }])).rejects.toThrow(
    'with an explicit deny in an identity-based policy',
  );
});

it('the lockout check looks at the policy to come', async () => {
  const key = (text: string) => sampleKey({ policy: text });
  const mayPut = async (principal: Principal, text: string) => {
    const call = callOf(principal);
    await authorized(call, []);
    return call.wouldAllow('kms:PutKeyPolicy', key(text));
  };
  const putter = user('alice', [allow('kms:PutKeyPolicy')]);
  expect(await mayPut(putter, policy)).toBe(true);
  expect(await mayPut(putter, '{"Statement":[]}')).toBe(false);
  expect(await mayPut(user('bob'), policy)).toBe(false);
});
