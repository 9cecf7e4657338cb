/** A key's end, at each moment of an operation on it: nothing is given to a key that is gone or going. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestContext } from '../../../../src/authz/condition-keys.js';
import { type Database, openDatabase } from '../../../../src/db/database.js';
import { Conflict, NotFound } from '../../../../src/kernel/facts.js';
import { ServiceError } from '../../../../src/kernel/service-error.js';
import { calendarClock } from '../../../../src/kernel/time.js';
import type { KeyMaterial } from '../../../../src/keystores/contract/material.js';
import { grantableOf } from '../../../../src/services/kms/grants/grantable.js';
import type { Key } from '../../../../src/services/kms/keys/key.js';
import { reportedState } from '../../../../src/services/kms/keys/states.js';
import type { KmsOperation } from '../../../../src/services/kms/operation.js';
import { type OperationPorts, sections } from '../../../../src/services/kms/registry.js';
import { kms } from '../../../../src/services/kms/service.js';
import { DatabaseBench, type ServerView } from '../../../support/database-bench.js';
import { databases } from '../../../support/databases.js';
import { atEachMoment, type Interleaved, Turnstile } from '../../../support/interleaving.js';
import { POLICY } from '../../../support/operations/surroundings.js';
import { QUOTAS } from '../../../support/quotas.js';
import { SCOPE, sampleKey, sampleMaterial } from '../../../support/sample-key.js';
import { rootUser } from '../../../support/sample-principal.js';
import { sampleStore } from '../../../support/sample-store.js';

const OTHER_REGION = 'eu-west-1';
const NOW = Date.UTC(2026, 0, 2);
const DELETION = { status: 'pending-deletion', deletionDate: new Date(NOW) } as const;
const everything = Object.values(
  sections,
).flat() as unknown as readonly KmsOperation<OperationPorts>[];

/** What a race is about. */
interface World {
  readonly key: Key;
  /** Another key, for aliases that are moved. */
  readonly other: Key;
  readonly third: Key;
  /** Has no alias until `before` makes it. */
  readonly alias: string;
  readonly grantId: string;
}

interface Row {
  readonly operation: string;
  readonly of?: string;
  readonly key?: Partial<Key>;
  readonly before?: (world: World, view: ServerView) => Promise<unknown>;
  readonly input: (world: World) => object;
  /** Which of the operation's keys are which; the world's key alone otherwise. */
  readonly keys?: (world: World) => Record<string, Key>;
  /** It is refused for a key whose deletion is scheduled. */
  readonly editing?: true;
}

const aliased = ({ alias, key }: World, { aliases }: ServerView) =>
  aliases.create(SCOPE, alias, key);
const granted = (world: World, { grants }: ServerView) =>
  grants.insert(grantOf(world), () => false);
const grantOf = ({ key, grantId }: World) => ({
  ...{ grantId, accountId: key.accountId, region: key.region, keyId: key.keyId },
  ...{ grantee: { name: SCOPE.accountId }, retiring: { name: SCOPE.accountId } },
  ...{ issuingAccountId: SCOPE.accountId, operations: ['Encrypt'] as const },
  ...{ constraints: {}, createdAt: new Date(NOW) },
});
const primary = {
  multiRegion: { primaryRegion: SCOPE.region, replicaRegions: [] },
};
const replicated = ({ key }: World, { keys }: ServerView) =>
  keys.addRelated(key, [], ([fresh]) => ({
    ...{ ...fresh, region: OTHER_REGION, materials: new Map(), currentMaterialId: undefined },
    multiRegion: { primaryRegion: SCOPE.region, replicaRegions: [OTHER_REGION] },
  }));
const onKey = ({ key }: World) => ({ KeyId: key.keyId });

const ROWS: readonly Row[] = [
  { operation: 'EnableKey', input: onKey, editing: true },
  { operation: 'DisableKey', input: onKey, editing: true },
  {
    ...{ operation: 'UpdateKeyDescription', editing: true },
    input: (world) => ({ ...onKey(world), Description: 'new' }),
  },
  { operation: 'EnableKeyRotation', input: onKey, editing: true },
  { operation: 'DisableKeyRotation', input: onKey, editing: true },
  { operation: 'RotateKeyOnDemand', input: onKey, editing: true },
  { operation: 'DeleteImportedKeyMaterial', key: { origin: 'EXTERNAL' }, input: onKey },
  {
    ...{ operation: 'ReplicateKey', key: primary, editing: true },
    input: (world) => ({ ...onKey(world), ReplicaRegion: OTHER_REGION }),
  },
  {
    ...{ operation: 'UpdatePrimaryRegion', key: primary, before: replicated, editing: true },
    input: (world) => ({ ...onKey(world), PrimaryRegion: OTHER_REGION }),
  },
  { operation: 'ScheduleKeyDeletion', input: onKey, editing: true },
  { operation: 'CancelKeyDeletion', key: DELETION, input: onKey },
  {
    ...{ operation: 'CreateAlias', editing: true },
    input: ({ alias, key }) => ({ AliasName: alias, TargetKeyId: key.keyId }),
  },
  {
    ...{ operation: 'UpdateAlias', of: 'the key that loses it', before: aliased },
    input: ({ alias, other }) => ({ AliasName: alias, TargetKeyId: other.keyId }),
    keys: ({ key, other }) => ({ current: key, target: other }),
  },
  {
    ...{ operation: 'UpdateAlias', of: 'the key that gets it', editing: true },
    before: ({ alias, other }, { aliases }) => aliases.create(SCOPE, alias, other),
    input: ({ alias, key }) => ({ AliasName: alias, TargetKeyId: key.keyId }),
    keys: ({ key, other }) => ({ current: other, target: key }),
  },
  { operation: 'DeleteAlias', before: aliased, input: ({ alias }) => ({ AliasName: alias }) },
  {
    ...{ operation: 'TagResource', editing: true },
    input: (world) => ({ ...onKey(world), Tags: [{ TagKey: 'colour', TagValue: 'red' }] }),
  },
  {
    ...{ operation: 'UntagResource', editing: true },
    before: ({ key }, { keys }) =>
      keys.putTags(key, [{ TagKey: 'colour', TagValue: 'red' }], () => undefined),
    input: (world) => ({ ...onKey(world), TagKeys: ['colour'] }),
  },
  { operation: 'PutKeyPolicy', input: (world) => ({ ...onKey(world), Policy: POLICY }) },
  {
    ...{ operation: 'CreateGrant', editing: true },
    input: (world) => ({
      ...{ ...onKey(world), GranteePrincipal: SCOPE.accountId, Operations: ['Encrypt'] },
    }),
  },
  {
    ...{ operation: 'RevokeGrant', before: granted },
    input: (world) => ({ ...onKey(world), GrantId: world.grantId }),
  },
  {
    ...{ operation: 'RetireGrant', before: granted },
    input: ({ key, grantId }) => ({ KeyId: key.arn, GrantId: grantId }),
  },
];

/** Operations that change no key, or whose work before the change this can't do. */
const OTHERS = [
  // Makes what is nobody's yet; its custom key store is asked below.
  'CreateKey',
  // Stores as CreateKey does, what is in the token already.
  'AdoptKey',
  // Unwraps material first; then it is stored as RotateKeyOnDemand's is.
  'ImportKeyMaterial',
  'CreateCustomKeyStore',
  'ConnectCustomKeyStore',
  'UpdateCustomKeyStore',
  'DisconnectCustomKeyStore',
  'DeleteCustomKeyStore',
  'AdvanceClock',
];

const titleOf = ({ operation, of }: Row) => (of ? `${operation} (${of})` : operation);
const rows = ROWS.map((row) => ({ ...row, title: titleOf(row) }));

it('every operation that changes a key or gives it something is in the table', () => {
  const changing = everything.filter(({ readOnly }) => !readOnly).map(({ name }) => name);
  const named = [...ROWS.map(({ operation }) => operation), ...OTHERS];
  expect(new Set(named)).toEqual(new Set(changing));
});

describe.each(databases)('on $name', ({ name, prepare }) => {
  const bench = new DatabaseBench();
  let interleaved: Interleaved;
  let watcher: Database;
  let one: ServerView;
  let two: ServerView;

  beforeAll(async () => {
    await bench.prepare(await prepare());
    await bench.begin();
    bench.now = NOW;
    one = await bench.server();
    two = await bench.server();
    watcher = await openDatabase({ url: bench.url });
    const turnstile = new Turnstile(one.database);
    interleaved = { turnstile, dialect: name as Interleaved['dialect'], watcher };
  });
  afterAll(async () => {
    await watcher.destroy();
    await bench.end();
    await bench.dispose();
  });

  async function newWorld({ key = {}, before }: Pick<Row, 'key' | 'before'> = {}): Promise<World> {
    const newKey = (changed: Partial<Key>) => {
      const keyId = randomUUID();
      const materialId = randomUUID().replaceAll('-', '').repeat(2);
      const material = sampleMaterial({ keyId, materialId });
      return sampleKey({
        ...{ keyId, currentMaterialId: materialId, materials: new Map([[materialId, material]]) },
        ...changed,
      });
    };
    const world: World = {
      ...{ key: newKey(key), other: newKey({}), third: newKey({}) },
      ...{ alias: `alias/${randomUUID()}`, grantId: randomUUID().replaceAll('-', '').repeat(2) },
    };
    for (const each of [world.key, world.other, world.third]) await two.keys.insert(each, []);
    await before?.(world, two);
    return world;
  }

  const call = (row: Row, world: World, view: ServerView) =>
    answered(async () => {
      const operation = everything.find(({ name: each }) => each === row.operation);
      if (!operation) throw new Error(`there is no ${row.operation}`);
      const caller = { ...rootUser(SCOPE.accountId), accessKeyId: '' };
      const requestFor = (action: string, { arn, accountId }: Key) => {
        const asked = { principal: caller, action, resourceAccountId: accountId };
        const http = { sourceIp: '192.0.2.1', secure: true };
        const context = requestContext({ ...asked, region: SCOPE.region, now: NOW, http });
        return { ...asked, resource: arn, context };
      };
      const [need] = operation.access.keys;
      const input = operation.decode(row.input(world));
      const called = {
        ...{ requestId: '', input, caller, scope: SCOPE, key: world.key, rule: need?.state },
        ...{
          keys: row.keys?.(world) ?? { key: world.key },
          ciphertexts: {},
          grantIds: { key: [] },
        },
        ...{ wouldAllow: () => true, requestFor, about: [], deadline: Number.POSITIVE_INFINITY },
      };
      await operation.run(called, portsOf(view));
    });

  /** The end of a key's waiting period. */
  const remove = ({ key }: World, { keys }: ServerView) =>
    answered(async () => {
      const removed = await keys.remove(key, ([, ...others]) => ({
        put: others.map((other) => ({ ...other, description: 'left' })),
      }));
      if (!removed) throw new Error('the key was not there');
    });
  const schedule = ({ key }: World, { keys }: ServerView) =>
    answered(() => keys.change(key, () => DELETION));

  it.each(rows)('$title and the removal of its key', async (row) => {
    const make = () => newWorld(row);
    const check = async (world: World, operated: string, removed: string, first: boolean) => {
      expect(removed).toBe('OK');
      expect(first ? ['NotFoundException'] : ['OK', 'NotFoundException']).toContain(operated);
      expect(await remains(world)).toEqual([]);
    };
    const alone = await atEachMoment(interleaved, {
      make,
      work: (world) => call(row, world, one),
      other: (world) => remove(world, two),
      check: (world, [operated, removed], waited) => check(world, operated, removed, !waited),
    });
    expect(alone).toBe('OK');
    await atEachMoment(interleaved, {
      make,
      work: (world) => remove(world, one),
      other: (world) => call(row, world, two),
      check: (world, [removed, operated]) => check(world, operated, removed, false),
    });
  });

  it.each(rows.filter(({ editing }) => editing))(
    '$title and the scheduled deletion of its key',
    async (row) => {
      await atEachMoment(interleaved, {
        make: () => newWorld(row),
        work: (world) => call(row, world, one),
        other: (world) => schedule(world, two),
        check: async (_, [operated, scheduled], waited) => {
          expect(scheduled).toBe('OK');
          expect(operated).toBe(waited ? 'OK' : 'KMSInvalidStateException');
        },
      });
    },
  );

  it.each(
    rows.filter(
      ({ operation, of }) => of === 'the key that loses it' || operation === 'DeleteAlias',
    ),
  )('$title and another target of the alias', async (row) => {
    await atEachMoment(interleaved, {
      make: () => newWorld(row),
      work: (world) => call(row, world, one),
      other: ({ alias, key, third }) =>
        answered(() => two.aliases.retarget(SCOPE, alias, { from: key.keyId, to: third })),
      check: async ({ alias, third }, [operated, moved], waited) => {
        // Whoever changes an alias must be allowed to by the key that it points to.
        expect([operated, moved]).toEqual(
          waited
            ? ['OK', expect.stringMatching(/Conflict|NotFound/)]
            : ['KMSInvalidStateException', 'OK'],
        );
        if (waited) return;
        expect(await watcher('aliases').where({ name: alias }).first('key_id')).toEqual({
          key_id: third.keyId,
        });
      },
    });
  });

  it('the last use of a key and its removal', async () => {
    await atEachMoment(interleaved, {
      make: () => newWorld(),
      work: ({ key, other }) =>
        answered(() =>
          one.lastUsage.store(
            [key, other].map(({ region, keyId, accountId }) => ({
              ...{ region, keyId, accountId, operation: 'Encrypt', usedAt: new Date(NOW) },
              ...{ eventId: 'e', requestId: 'r' },
            })),
          ),
        ),
      other: (world) => remove(world, two),
      check: async (world, answers) => {
        expect(answers).toEqual(['OK', 'OK']);
        expect(await remains(world)).toEqual([]);
        expect((await two.lastUsage.find(world.other))?.operation).toBe('Encrypt');
      },
    });
  });

  it('a new key and the deletion of its custom key store', async () => {
    const make = async () => {
      const id = randomUUID().replaceAll('-', '').slice(0, 17);
      const cloudHsmClusterId = `cluster-${randomUUID().replaceAll('-', '').slice(0, 11)}`;
      const customKeyStoreId = `cks-${id}`;
      await two.stores.insert(
        // One a scope, so that none is one too many.
        sampleStore({
          ...{ customKeyStoreId, cloudHsmClusterId, name: id },
          accountId: idDigits(),
        }),
      );
      const ofStore = { customKeyStoreId, cloudHsmClusterId, origin: 'AWS_CLOUDHSM' } as const;
      return sampleKey({ ...ofStore, keyId: randomUUID(), materials: new Map() });
    };
    const insert = (key: Key, view: ServerView) => answered(() => view.keys.insert(key, []));
    const end = ({ customKeyStoreId = '' }: Key, { stores }: ServerView) =>
      answered(() => stores.delete(customKeyStoreId, () => undefined));
    const check = async (_: Key, [made, ended]: readonly [string, string]) => {
      expect([`${made} ${ended}`]).toContainEqual(
        expect.stringMatching(
          /^(OK CustomKeyStoreHasCMKsException|CustomKeyStoreNotFoundException OK)$/,
        ),
      );
    };
    await atEachMoment(interleaved, {
      ...{ make, check },
      work: (key) => insert(key, one),
      other: (key) => end(key, two),
    });
    await atEachMoment(interleaved, {
      make,
      work: (key) => end(key, one),
      other: (key) => insert(key, two),
      check: (key, [ended, made]) => check(key, [made, ended]),
    });
  });

  /** What belongs to a key that isn't there. */
  async function remains({ key: { region, keyId } }: World): Promise<object[]> {
    const tables = ['keys', 'key_materials', 'tags', 'aliases', 'grants', 'key_last_usage'];
    const found = await Promise.all(
      tables.map((table) => watcher(table).where({ region, key_id: keyId })),
    );
    return found.flat();
  }
});

let accounts = 100_000_000_000;
function idDigits(): string {
  accounts += 1;
  return String(accounts);
}

/** `OK`, or the error's code in KMS's words; a repository's own fact by its name. */
async function answered(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'OK';
  } catch (error) {
    const said = error instanceof ServiceError ? error : kms.errors.wording(error);
    if (said) return said.code;
    if (error instanceof NotFound || error instanceof Conflict) return error.name;
    throw error;
  }
}

/** The ports of KMS's operations, over a server's view of the database; its keys are in no token. */
function portsOf(view: ServerView): OperationPorts {
  const calendar = calendarClock(() => NOW);
  const material = (region: string, keyId: string) =>
    sampleMaterial({ region, keyId, materialId: randomUUID().replaceAll('-', '').repeat(2) });
  const maker = {
    make: async ({ region, keyId }: Key) => material(region, keyId),
    transfer: async ({ keyId, materialId }: KeyMaterial, region: string) =>
      sampleMaterial({ region, keyId, materialId }),
    abandon: async () => undefined,
  };
  const ports = {
    ...{ keys: view.keys, aliases: view.aliases, grants: view.grants, calendar, quotas: QUOTAS },
    keyStores: {
      stateOf: (key: Key) => reportedState(key, true),
      materialsOf: () => maker,
      softwareMaterials: maker,
      destroyLeftovers: async () => undefined,
    },
    principals: { idOf: async () => undefined, hasAccount: () => true },
    peers: { has: () => false, distribute: async () => undefined },
    regions: [SCOPE.region, OTHER_REGION],
    customKeyStoreLimits: 'aws',
    grantable: grantableOf(everything as unknown as Iterable<KmsOperation>),
    newId: randomUUID,
  };
  return ports as unknown as OperationPorts;
}
