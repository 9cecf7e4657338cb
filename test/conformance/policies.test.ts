import { describe, expect, it } from 'vitest';
import { combinations, conformanceServer } from '../support/faces/conformance-server.js';
import { type Expected, expectRefusal, notFound, violation } from '../support/faces/refusals.js';
import { POLICY } from '../support/operations/surroundings.js';
import { ACCOUNT_ID } from '../support/strongroom.js';

const server = conformanceServer();

const malformed = (message: string): Expected => ({
  name: 'MalformedPolicyDocumentException',
  message,
});
const statement = (members: object) => JSON.stringify({ Statement: [members] });
const padded = (length: number) => POLICY.padEnd(length, ' ');

const BAD_POLICIES: readonly [string, Expected][] = [
  ['nonsense', malformed('Policy contains invalid JSON.')],
  ['"a string"', malformed('Policy must be a JSON object.')],
  ['{"Version":"2020-01-01","Statement":[]}', malformed('Policy has an invalid version.')],
  ['{"Version":"2012-10-17"}', malformed('Policy must contain a statement.')],
  ['{"Statement":[]}', malformed('Policy must contain a statement.')],
  ['{"Statement":["x"]}', malformed('Policy contains an invalid statement.')],
  [
    statement({ Effect: 'Perhaps', Principal: '*' }),
    malformed('Policy contains a statement with an invalid effect.'),
  ],
  [
    statement({ Effect: 'Allow', Action: 'kms:*' }),
    malformed('Policy contains a statement with no principal.'),
  ],
  [
    padded(32_769),
    { name: 'LimitExceededException', message: 'The key policy is larger than 32768 bytes.' },
  ],
];

const badPolicies = BAD_POLICIES.map(([Policy, refusal]) => ({
  title: Policy.slice(0, 80),
  Policy,
  refusal,
}));

describe.each(combinations)('policies of $store keys over $face', ({ face, store }) => {
  const { call, newKey } = server.over(face, store);

  it('a key without one has the default policy', async () => {
    const { id: KeyId } = await newKey();
    const { Policy, ...rest } = await call('GetKeyPolicy', { KeyId });
    expect(rest).toEqual({ PolicyName: 'default' });
    expect(JSON.parse(Policy ?? '')).toEqual({
      Version: '2012-10-17',
      Id: 'key-default-1',
      Statement: [
        {
          Sid: 'Enable IAM User Permissions',
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` },
          Action: 'kms:*',
          Resource: '*',
        },
      ],
    });
  });

  it.each([
    ['the least', POLICY],
    ['one with white space', JSON.stringify(JSON.parse(POLICY), null, '\t')],
    ['the largest', padded(32_768)],
  ])('PutKeyPolicy keeps %s to the letter', async (_what, Policy) => {
    const { id: KeyId } = await newKey();
    expect(await call('PutKeyPolicy', { KeyId, Policy })).toEqual({});
    const named = { KeyId, PolicyName: 'default' };
    expect(await call('GetKeyPolicy', named)).toEqual({ Policy, PolicyName: 'default' });
    const input = { ...named, Policy: POLICY, BypassPolicyLockoutSafetyCheck: true };
    await call('PutKeyPolicy', input);
    expect(await call('GetKeyPolicy', named)).toMatchObject({ Policy: POLICY });
  });

  it.each(badPolicies)('PutKeyPolicy refuses $title', async ({ Policy, refusal }) => {
    const { id: KeyId } = await newKey();
    const { Policy: before } = await call('GetKeyPolicy', { KeyId });
    await expectRefusal(face, call('PutKeyPolicy', { KeyId, Policy }), refusal);
    expect((await call('GetKeyPolicy', { KeyId })).Policy).toBe(before);
  });

  it('there is one policy, and its name is default', async () => {
    const { id: KeyId } = await newKey();
    expect(await call('ListKeyPolicies', { KeyId })).toEqual({
      PolicyNames: ['default'],
      Truncated: false,
    });
    const other = { KeyId, PolicyName: 'other' };
    await expectRefusal(face, call('GetKeyPolicy', other), notFound('No such policy exists'));
    await expectRefusal(face, call('PutKeyPolicy', { ...other, Policy: POLICY }), {
      name: 'UnsupportedOperationException',
      message: 'The only valid policy name is default.',
    });
    const shared = { KeyId, PolicyName: 'AWS_RAM' };
    await expectRefusal(face, call('GetKeyPolicy', shared), notFound('No such policy exists'));
    await expectRefusal(face, call('PutKeyPolicy', { ...shared, Policy: POLICY }), {
      name: 'ValidationException',
      message: 'The AWS_RAM policy can only be managed by the RAM service.',
    });
    const odd = call('GetKeyPolicy', { KeyId, PolicyName: 'a-b' });
    await expectRefusal(
      face,
      odd,
      violation(
        "Value 'a-b' at 'policyName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w]+",
      ),
    );
  });
});
