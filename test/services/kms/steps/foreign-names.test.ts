import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { Grant } from '../../../../src/authz/grant.js';
import type { Policy, Principal } from '../../../../src/authz/model.js';
import { auditFacts } from '../../../../src/pipeline/record.js';
import { makeGrantToken } from '../../../../src/services/kms/grants/grant-token.js';
import type { Key } from '../../../../src/services/kms/keys/key.js';
import { KeyAudience } from '../../../../src/services/kms/keys/key-audience.js';
import type { KmsOperation } from '../../../../src/services/kms/operation.js';
import { defaultKeyPolicy } from '../../../../src/services/kms/policies/policy.js';
import { kmsRecords } from '../../../../src/services/kms/records.js';
import { authorize } from '../../../../src/services/kms/steps/authorize.js';
import { learnGrantTokens } from '../../../../src/services/kms/steps/learn-grant-tokens.js';
import { resolveKeys } from '../../../../src/services/kms/steps/resolve-keys.js';
import { describeDatabases, type ServerView } from '../../../support/database-bench.js';
import { kmsCall } from '../../../support/kms-call.js';
import { operations } from '../../../support/kms-operations.js';
import { QUOTAS } from '../../../support/quotas.js';
import { SCOPE, sampleKey, sampleMaterial } from '../../../support/sample-key.js';
import { OTHER_ACCOUNT, roleSession, rootUser, user } from '../../../support/sample-principal.js';
import { ciphertextUnder } from './sample-need.js';

const { region, accountId: CALLERS_ACCOUNT } = SCOPE;
const GRANT_ID = 'ab'.repeat(32);
const ALL = [{ Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] }];

/** A key of another account, and the alias of it. */
interface Place {
  readonly keyId: string;
  readonly aliasName: string;
}

const newPlace = (): Place => ({ keyId: randomUUID(), aliasName: `alias/${randomUUID()}` });
const arnOf = (name: string) => `arn:aws:kms:${region}:${OTHER_ACCOUNT}:${name}`;
const policyOf = (...statements: object[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({
      ...{ Effect: 'Allow', Action: 'kms:*', Resource: '*' },
      ...statement,
    })),
  });

/** Stores a key of the other account. */
async function store(view: ServerView, place: Place, changed: Partial<Key> = {}): Promise<Key> {
  const { keyId, aliasName } = place;
  const materialId = 'cd'.repeat(32);
  const key = sampleKey({
    ...{ keyId, accountId: OTHER_ACCOUNT, arn: arnOf(`key/${keyId}`) },
    policy: defaultKeyPolicy('aws', OTHER_ACCOUNT),
    currentMaterialId: materialId,
    materials: new Map([[materialId, sampleMaterial({ keyId, materialId })]]),
    ...changed,
  });
  await view.keys.insert(
    key,
    [...key.tags].map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
  );
  await view.aliases.create({ region, accountId: OTHER_ACCOUNT }, aliasName, key);
  return key;
}

/** Makes a key be in memory as its owner's calls do. */
async function warmUp(view: ServerView, { keyId, aliasName }: Place): Promise<void> {
  await view.aliases.target({ region, accountId: OTHER_ACCOUNT }, aliasName);
  await view.keys.find(region, keyId);
  await view.grants.index(region, keyId);
}

const grantTo = (keyId: string, changed: Partial<Grant>): Grant => ({
  ...{ grantId: GRANT_ID, accountId: OTHER_ACCOUNT, region, keyId, constraints: {} },
  ...{ grantee: { name: OTHER_ACCOUNT }, issuingAccountId: OTHER_ACCOUNT },
  operations: ['Encrypt', 'Decrypt', 'RetireGrant'],
  createdAt: new Date(0),
  ...changed,
});

/** What a call did before it was refused or let go on. */
interface Work {
  /** Statements of the database, without their values. */
  readonly statements: readonly string[];
  /** What was asked of the repositories. */
  readonly asked: readonly string[];
  /** How often a policy of the caller was evaluated. */
  readonly evaluations: number;
  /** How it ended, and what the audit trail says of it, but for names. */
  readonly ended: string;
  readonly recorded: string;
}

/** Runs the steps that a name goes through, and counts. */
async function workOf(
  view: ServerView,
  operation: KmsOperation,
  principal: Principal,
  input: Record<string, unknown>,
): Promise<Work> {
  const statements: string[] = [];
  const asked: string[] = [];
  const note = ({ sql }: { sql: string }) => statements.push(sql);
  let evaluations = 0;
  const counted = (policy: Policy): Policy => ({
    ...policy,
    on: (action) => {
      evaluations += 1;
      return policy.on(action);
    },
  });
  const caller = {
    ...principal,
    policies: { ...principal.policies, identity: principal.policies.identity.map(counted) },
  };
  const call = kmsCall(operation, { principal: caller, input });
  call.decoded = true;
  const keyAudience = new KeyAudience(view.database);
  const ports = {
    ...{ ...view, keyAudience, quotas: QUOTAS, newId: randomUUID, calendar: () => 0 },
    principals: { arnOf: async () => undefined },
  };
  const spies = spiesOn(view);
  view.database.on('query', note);
  let ended = 'goes on';
  try {
    for (const step of [resolveKeys, learnGrantTokens, authorize]) await step(call, ports as never);
  } catch (error) {
    ended = String(error);
  }
  view.database.removeListener('query', note);
  for (const { of, name, spy } of spies) {
    for (const _ of spy.mock.calls) asked.push(`${of}.${name}`);
    spy.mockRestore();
  }
  const facts = auditFacts(call, 'kms', () => 'id');
  const recorded = JSON.stringify(
    kmsRecords(call, facts, () => 'id'),
    (key, value) => (key === 'requestParameters' || key === 'caller' ? undefined : value),
  );
  return { statements, asked: asked.sort(), evaluations, ended, recorded };
}

function spiesOn({ keys, aliases, grants }: ServerView) {
  return Object.entries({ keys, aliases, grants }).flatMap(([of, repository]) => {
    const methods = repository as unknown as Record<string, (...asked: unknown[]) => unknown>;
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(repository));
    return names
      .filter((name) => name !== 'constructor')
      .map((name) => ({ of, name, spy: vi.spyOn(methods, name) }));
  });
}

/** The same work on any name is the same text. */
const unnamed = (work: Work, { keyId, aliasName }: Place): Work =>
  JSON.parse(JSON.stringify(work).replaceAll(keyId, '<key>').replaceAll(aliasName, '<alias>'));

type Naming = (place: Place) => Record<string, unknown>;

const NAMINGS: Readonly<Record<string, Naming>> = {
  'key id': ({ keyId }) => ({ KeyId: keyId }),
  'key ARN': ({ keyId }) => ({ KeyId: arnOf(`key/${keyId}`) }),
  'alias ARN': ({ aliasName }) => ({ KeyId: arnOf(aliasName) }),
  ciphertext: ({ keyId }) => ({
    CiphertextBlob: ciphertextUnder(keyId),
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
  }),
  'ARN, with a grant token': ({ keyId }) => ({
    KeyId: arnOf(`key/${keyId}`),
    GrantTokens: [tokenOf(keyId)],
  }),
  "no key of its own but a grant token's": ({ keyId }) => ({
    KeyId: arnOf(`key/00000000-0000-4000-8000-000000000000`),
    GrantTokens: [tokenOf(keyId)],
  }),
};

function tokenOf(keyId: string): string {
  const address = { region, accountId: OTHER_ACCOUNT, keyId, grantId: 'ef'.repeat(32) };
  return makeGrantToken(address, (size) => Buffer.alloc(size));
}

/** Every operation on one key, with no more than its name. */
const byName = [...operations.values()]
  .filter(({ access: { keys } }) => keys.length === 1)
  .map((operation): [string, KmsOperation] => [operation.name, operation as KmsOperation]);

const CALLERS: readonly [string, Principal][] = [
  ['a user whose policies allow it', user('may', ALL)],
  ['a user without a policy', user('may-not')],
  ['a root user', rootUser()],
  ['a role session', roleSession('Role', 'here', ALL)],
];

const OWNER_ARN = `arn:aws:iam::${OTHER_ACCOUNT}:root`;
/** What can be peculiar of a key that has nothing for the caller. */
const KEYS: readonly [string, Partial<Key>][] = [
  ['as it is by default', {}],
  [
    'with a big policy, tags and many materials',
    {
      policy: policyOf(
        ...Array.from({ length: 200 }, (_, at) => ({
          Sid: `s${at}`,
          Principal: { AWS: OWNER_ARN },
        })),
      ),
      tags: new Map(Array.from({ length: 50 }, (_, at) => [`t${at}`, 'x'.repeat(200)])),
    },
  ],
  ['disabled', { enabled: false }],
  ['awaiting deletion', { status: 'pending-deletion', deletionDate: new Date(1) }],
  [
    'denied to everybody',
    { policy: policyOf({ Principal: { AWS: OWNER_ARN } }, { Effect: 'Deny', Principal: '*' }) },
  ],
  [
    'for everybody of its account through a service',
    {
      policy: policyOf({
        Principal: { AWS: '*' },
        Condition: {
          StringEquals: {
            'kms:CallerAccount': OTHER_ACCOUNT,
            'kms:ViaService': 's3.amazonaws.com',
          },
        },
      }),
    },
  ],
  [
    'for a third account and for another user of the caller’s',
    {
      policy: policyOf({
        Principal: { AWS: ['999999999999', `arn:aws:iam::${CALLERS_ACCOUNT}:user/else`] },
      }),
      policyPrincipals: { [`arn:aws:iam::${CALLERS_ACCOUNT}:user/else`]: 'AIDAELSEELSEELSEELSE2' },
    },
  ],
];

/** Every one of them twice: nobody has used the one since the server was started, the other is in use. */
async function storeAll(view: ServerView): Promise<[state: string, place: Place][]> {
  const places: [string, Place][] = [];
  for (const [kind, changed] of KEYS) {
    for (const state of ['cold', 'warm']) {
      const place = newPlace();
      places.push([`${state}, ${kind}`, place]);
      await store(view, place, changed);
      await view.grants.insert(grantTo(place.keyId, { grantee: { name: OWNER_ARN } }), () => false);
      if (state === 'warm') await warmUp(view, place);
    }
  }
  return places;
}

const operationOf = (name: string) => operations.get(name) as KmsOperation;

describeDatabases((bench) => {
  describe("another account's key that has nothing for the caller", () => {
    it('costs the same whether it is there, in memory, or not at all', async () => {
      const view = await bench.server();
      const places = await storeAll(view);
      const absent = newPlace();
      for (const [at, [who, caller]] of CALLERS.entries()) {
        for (const [form, naming] of Object.entries(NAMINGS)) {
          const operation = operationOf(form === 'ciphertext' ? 'Decrypt' : 'Encrypt');
          const work = async (place: Place) =>
            unnamed(await workOf(view, operation, caller, naming(place)), place);
          const expected = await work(absent);
          const said = `${who}, by ${form}`;
          expect(expected.statements, said).toHaveLength(1);
          expect(expected.ended, said).not.toBe('goes on');
          expect(await work(absent), `${said}, again`).toStrictEqual(expected);
          // What is peculiar of a key is peculiar whoever asks.
          for (const [state, place] of at === 0 ? places : places.slice(0, 2)) {
            expect(await work(place), `${said}, ${state}`).toStrictEqual(expected);
          }
        }
      }
    });

    it('costs the same with every operation', async () => {
      const view = await bench.server();
      const [cold, warm, absent] = [newPlace(), newPlace(), newPlace()];
      for (const place of [cold, warm]) await store(view, place);
      await warmUp(view, warm);
      const caller = user('may', ALL);
      for (const [name, operation] of byName) {
        const member = operation.access.keys[0]?.member ?? '';
        const input = ({ keyId }: Place) => ({
          ...{ Operations: ['Encrypt'], GranteePrincipal: OWNER_ARN, Tags: [], TagKeys: [] },
          ...{ GrantId: GRANT_ID, AliasName: 'alias/own' },
          [member]: arnOf(`key/${keyId}`),
        });
        const work = async (place: Place) =>
          unnamed(await workOf(view, operation, caller, input(place)), place);
        const expected = await work(absent);
        const asks = operation.access.crossAccount ? 1 : 0;
        expect(expected.statements, name).toHaveLength(asks);
        expect(await work(cold), `${name}, cold`).toStrictEqual(expected);
        expect(await work(warm), `${name}, warm`).toStrictEqual(expected);
      }
    });
  });

  describe('a warm key is found without a read', () => {
    const [may, mayToo] = [user('may', ALL), user('may-too', ALL)];

    it('by callers of its own account', async () => {
      const view = await bench.server();
      const place = newPlace();
      await store(view, place);
      await warmUp(view, place);
      const owner = rootUser(OTHER_ACCOUNT);
      for (const form of ['key ARN', 'alias ARN', 'ciphertext']) {
        const operation = operationOf(form === 'ciphertext' ? 'Decrypt' : 'Encrypt');
        const work = await workOf(view, operation, owner, NAMINGS[form]?.(place) ?? {});
        expect(work, form).toMatchObject({ statements: [], ended: 'goes on' });
      }
    });

    it("by another account's caller who has been let use it, and by no other", async () => {
      const view = await bench.server();
      const place = newPlace();
      const policy = policyOf({ Principal: { AWS: `arn:aws:iam::${CALLERS_ACCOUNT}:root` } });
      await store(view, place, { policy });
      for (const form of ['key ARN', 'alias ARN', 'ciphertext']) {
        const operation = operationOf(form === 'ciphertext' ? 'Decrypt' : 'Encrypt');
        const work = (caller: Principal) =>
          workOf(view, operation, caller, NAMINGS[form]?.(place) ?? {});
        expect(await work(may), form).toMatchObject({ ended: 'goes on' });
        expect(await work(may), form).toMatchObject({ statements: [], ended: 'goes on' });
        const stranger = await work(user('may-not'));
        expect(stranger.statements, form).toHaveLength(1);
        expect(stranger.ended, form).not.toBe('goes on');
      }
      expect(
        (
          await workOf(view, operationOf('Encrypt'), mayToo, {
            KeyId: arnOf(`key/${place.keyId}`),
          })
        ).statements,
      ).toHaveLength(1);
    });

    it('no longer by whom the policy of the day leaves out', async () => {
      const view = await bench.server();
      const place = newPlace();
      const policy = policyOf({ Principal: { AWS: CALLERS_ACCOUNT } });
      const key = await store(view, place, { policy });
      const input = { KeyId: arnOf(`key/${place.keyId}`) };
      const work = () => workOf(view, operationOf('Encrypt'), may, input);
      await work();
      expect((await work()).statements).toEqual([]);
      await view.keys.change(key, () => ({ policy: defaultKeyPolicy('aws', OTHER_ACCOUNT) }));
      const after = await work();
      expect(after.statements).toHaveLength(1);
      expect(after.ended).not.toBe('goes on');
    });
  });
});
