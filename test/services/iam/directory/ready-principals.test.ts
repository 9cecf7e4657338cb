import { describe, expect, it } from 'vitest';
import type { Principal } from '../../../../src/authz/model.js';
import { EVERYTHING } from '../../../../src/db/changes.js';
import { iamRef } from '../../../../src/services/iam/directory/change-refs.js';
import type { EntityKind } from '../../../../src/services/iam/directory/entities.js';
import { ReadyPrincipals } from '../../../../src/services/iam/directory/ready-principals.js';
import { ACCOUNT, OTHER_ACCOUNT, user } from '../../../support/sample-principal.js';

const alice = user('alice');
const bob = user('bob');
const other = user('carol', [], OTHER_ACCOUNT);
/** A session of alice's, known by its access key. */
const SESSION = 'ASIAALICE';
const NAMES: Readonly<Record<string, Principal>> = {
  alice,
  bob,
  other,
  [SESSION]: { ...alice, userId: `${alice.uniqueId}:session` },
};

const refOf = (kind: EntityKind, { accountId, uniqueId }: Principal) =>
  iamRef({ kind, accountId, uniqueId });
const policyOf = (accountId: string) => iamRef({ kind: 'policy', accountId, uniqueId: 'ANPA' });

/** Which of all that are kept ready are read again. */
async function readAgain(ready: ReadyPrincipals): Promise<string[]> {
  const again: string[] = [];
  for (const [name, principal] of Object.entries(NAMES)) {
    await ready.get(name, async () => {
      again.push(name);
      return principal;
    });
  }
  return again;
}

describe('a change in IAM', () => {
  it.each<[what: string, ref: string, again: readonly string[]]>([
    ['of a user', refOf('user', alice), ['alice', SESSION]],
    ['of a user of another account', refOf('user', other), ['other']],
    ['of a user who is not kept', refOf('user', user('dora')), []],
    ['of a group', refOf('group', user('group')), ['alice', 'bob', SESSION]],
    ['of a policy', policyOf(ACCOUNT), ['alice', 'bob', SESSION]],
    ['of a policy of another account', policyOf(OTHER_ACCOUNT), ['other']],
    ['of an MFA device', refOf('mfa-device', alice), []],
    ['of an OIDC provider', refOf('oidc-provider', alice), []],
    ['by an older server, which names the account', ACCOUNT, ['alice', 'bob', SESSION]],
    ['of a kind that this server does not know', `${OTHER_ACCOUNT}/new/X`, ['other']],
    ['that nobody knows', EVERYTHING, ['alice', 'bob', 'other', SESSION]],
  ])('%s is read again by whom it concerns', async (_what, ref, again) => {
    const ready = new ReadyPrincipals({ held: true });
    expect(await readAgain(ready)).toEqual(Object.keys(NAMES));
    expect(await readAgain(ready)).toEqual([]);
    ready.forget(ref);
    expect(await readAgain(ready)).toEqual(again);
    expect(await readAgain(ready)).toEqual([]);
  });

  it.each([
    ['of the principal', refOf('user', alice), true],
    ['of its account', policyOf(ACCOUNT), true],
    ['of anything', EVERYTHING, true],
    ['of another account', policyOf(OTHER_ACCOUNT), false],
  ])(
    'while a principal is being read, %s: what was read is kept only if it concerns others',
    async (_what, ref, again) => {
      const ready = new ReadyPrincipals({ held: true });
      let finish: (principal: Principal) => void = () => undefined;
      const reading = ready.get('alice', () => new Promise((resolve) => (finish = resolve)));
      ready.forget(ref);
      finish(alice);
      expect(await reading).toBe(alice);
      expect((await readAgain(ready)).includes('alice')).toBe(again);
    },
  );
});
