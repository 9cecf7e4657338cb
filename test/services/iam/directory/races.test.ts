/** A deletion of what an operation is about, at each moment of it: nothing is left that belongs to nobody. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../../src/db/database.js';
import { entityArn } from '../../../../src/services/iam/directory/arns.js';
import type {
  Entity,
  EntityKind,
  EntityTypes,
} from '../../../../src/services/iam/directory/entities.js';
import type { IamOperation } from '../../../../src/services/iam/operation.js';
import type { IamPorts } from '../../../../src/services/iam/ports.js';
import { iam } from '../../../../src/services/iam/service.js';
import { DatabaseBench } from '../../../support/database-bench.js';
import { databases } from '../../../support/databases.js';
import {
  atEachMoment,
  type Interleaved,
  type Pair,
  Turnstile,
} from '../../../support/interleaving.js';
import { ALLOW, iamInput, namesNew } from '../../../support/operations/iam-inputs.js';
import {
  answerOf,
  type Different,
  idIn,
  makeWorld,
  namesIn,
  portsOf,
  type World,
} from './world.js';

/** The members that name an entity, and the operation that deletes what they name. */
const OWNERS = {
  UserName: ['user', 'DeleteUser'],
  GroupName: ['group', 'DeleteGroup'],
  RoleName: ['role', 'DeleteRole'],
  InstanceProfileName: ['instance-profile', 'DeleteInstanceProfile'],
  PolicyArn: ['policy', 'DeletePolicy'],
  PermissionsBoundary: ['policy', 'DeletePolicy'],
  SerialNumber: ['mfa-device', 'DeleteVirtualMFADevice'],
  OpenIDConnectProviderArn: ['oidc-provider', 'DeleteOpenIDConnectProvider'],
} as const satisfies Record<string, readonly [EntityKind, string]>;
type Naming = keyof typeof OWNERS;

interface Special {
  /** What has to be there first. */
  readonly different?: (world: Pick<World, 'accountId'>) => Different;
  readonly withKey?: true;
}

const policyOf = ({ accountId }: Pick<World, 'accountId'>) =>
  `arn:aws:iam::${accountId}:policy/reader`;
const attachedTo = (kind: 'user' | 'group' | 'role'): Special => ({
  different: (world) => ({ [kind]: { attachedPolicies: [policyOf(world)] } }),
});
const inlineIn = (kind: 'user' | 'group' | 'role'): Special => ({
  different: () => ({ [kind]: { inlinePolicies: { inline: ALLOW } } }),
});
const boundedOn = (kind: 'user' | 'role'): Special => ({
  different: (world) => ({ [kind]: { permissionsBoundary: policyOf(world) } }),
});
const twoVersions: Special = {
  different: () => ({
    policy: {
      versions: ['v1', 'v2'].map((versionId) => ({ versionId, text: ALLOW, createdAt: 0 })),
      nextVersion: 3,
    },
  }),
};

/** What single operations need, so that they succeed when nobody disturbs them. */
const SPECIAL: Readonly<Record<string, Special>> = {
  UpdateAccessKey: { withKey: true },
  DeleteAccessKey: { withKey: true },
  DetachUserPolicy: attachedTo('user'),
  DetachGroupPolicy: attachedTo('group'),
  DetachRolePolicy: attachedTo('role'),
  DeleteUserPolicy: inlineIn('user'),
  DeleteGroupPolicy: inlineIn('group'),
  DeleteRolePolicy: inlineIn('role'),
  DeleteUserPermissionsBoundary: boundedOn('user'),
  DeleteRolePermissionsBoundary: boundedOn('role'),
  SetDefaultPolicyVersion: twoVersions,
  DeletePolicyVersion: twoVersions,
  RemoveRoleFromInstanceProfile: {
    different: ({ accountId }) => ({ 'instance-profile': { role: idIn(accountId, 'AROA') } }),
  },
  ResyncMFADevice: enabled(),
  DeactivateMFADevice: enabled(),
};

/** The device is the user's. */
function enabled(): Special {
  return {
    different: ({ accountId }) => ({ 'mfa-device': { enabledFor: idIn(accountId, 'AIDA') } }),
  };
}

/** Operations that change nothing of anybody's, or make what belongs to nobody. */
const WITHOUT_OWNER = [
  'CreateGroup',
  'CreateInstanceProfile',
  'CreateOpenIDConnectProvider',
  'CreatePolicy',
  'CreateVirtualMFADevice',
  // An account is never deleted.
  'UpdateAccountPasswordPolicy',
  'DeleteAccountPasswordPolicy',
  // The account's, which never ends.
  'DisableOutboundWebIdentityFederation',
  'EnableOutboundWebIdentityFederation',
  // Users have no password: it refuses.
  'DeleteLoginProfile',
];

interface Race {
  readonly title: string;
  readonly operation: IamOperation;
  readonly deletion: IamOperation;
  readonly naming: Naming;
}

const operations = Object.values(iam.sections).flat() as unknown as readonly IamOperation[];
const named = (name: string) => {
  const found = operations.find((operation) => operation.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};

function racesOf(operation: IamOperation): Race[] {
  return (Object.keys(OWNERS) as Naming[])
    .filter((naming) => naming in operation.input.properties && !namesNew(operation.name, naming))
    .map((naming) => ({
      title: `${operation.name} and ${OWNERS[naming][1]}${naming === 'PermissionsBoundary' ? ' of the boundary' : ''}`,
      ...{ operation, naming, deletion: named(OWNERS[naming][1]) },
    }));
}

const changing = operations.filter(
  ({ readOnly, name }) => !readOnly && !WITHOUT_OWNER.includes(name),
);
const races = changing.flatMap(racesOf);

it('every operation that changes something of an entity is in the table', () => {
  expect(changing.filter((operation) => racesOf(operation).length === 0)).toEqual([]);
  expect(races.length).toBeGreaterThan(50);
});

describe.each(databases)('on $name', ({ name, prepare }) => {
  const bench = new DatabaseBench();
  let interleaved: Interleaved;
  let watcher: Database;
  let ports: IamPorts;
  let otherPorts: IamPorts;
  let accounts = 100_000_000_000;

  beforeAll(async () => {
    await bench.prepare(await prepare());
    await bench.begin();
    const one = await bench.server();
    const two = await bench.server();
    ports = portsOf(one);
    otherPorts = portsOf(two);
    watcher = await openDatabase({ url: bench.url });
    const turnstile = new Turnstile(one.database);
    interleaved = { turnstile, dialect: name as Interleaved['dialect'], watcher };
  });
  afterAll(async () => {
    await watcher.destroy();
    await bench.end();
    await bench.dispose();
  });

  async function newWorld({ operation }: Race): Promise<World> {
    accounts += 1;
    const { different, withKey = false } = SPECIAL[operation.name] ?? {};
    const accountId = String(accounts);
    const kinds = new Set(
      (Object.keys(OWNERS) as Naming[])
        .filter((member) => member in operation.input.properties)
        .map((member) => OWNERS[member][0]),
    );
    if (different) for (const kind of ['user', 'policy'] as const) kinds.add(kind);
    return makeWorld(otherPorts, accountId, {
      ...{ kinds, withKey, different: different?.({ accountId }) ?? {} },
    });
  }

  function calls({ operation, deletion }: Race) {
    return {
      operate: (world: World, by: IamPorts) =>
        answerOf(operation, iamInput(operation, namesIn(world, bench.now)), world, by),
      remove: (world: World, by: IamPorts) =>
        answerOf(deletion, iamInput(deletion, namesIn(world, bench.now)), world, by),
    };
  }

  it.each(races)('$title', async (race) => {
    const { operate, remove } = calls(race);
    const make = () => newWorld(race);
    const alone = await atEachMoment(interleaved, {
      make,
      work: (world) => operate(world, ports),
      other: (world) => remove(world, otherPorts),
      check: (world, [operated, removed]) => check(race, world, operated, removed),
    });
    expect(alone).toBe('OK');
    await atEachMoment(interleaved, {
      make,
      work: (world) => remove(world, ports),
      other: (world) => operate(world, otherPorts),
      check: (world, [removed, operated]) => check(race, world, operated, removed),
    });
  });

  it('a one-time code and DeleteVirtualMFADevice', async () => {
    const deletion = named('DeleteVirtualMFADevice');
    const pair: Pair<World, string> = {
      make: () => {
        accounts += 1;
        const kinds = new Set<EntityKind>(['mfa-device']);
        return makeWorld(otherPorts, String(accounts), { kinds, different: {}, withKey: false });
      },
      work: (world) => {
        const [code] = namesIn(world, bench.now).codes;
        return ports.mfaCodes.accept(world.entities['mfa-device'], code);
      },
      other: (world) => {
        const { uniqueId: SerialNumber } = world.entities['mfa-device'];
        return answerOf(deletion, { SerialNumber }, world, otherPorts);
      },
      check: async (world, [code, removed]) => {
        expect(['accepted', 'wrong']).toContain(code);
        expect(removed).toBe('OK');
        expect(await orphans(world)).toEqual([]);
      },
    };
    expect(await atEachMoment(interleaved, pair)).toBe('accepted');
  });

  async function check(
    { operation, naming }: Race,
    world: World,
    operated: string,
    removed: string,
  ): Promise<void> {
    expect(await orphans(world)).toEqual([]);
    expect([operated, removed]).toContain('OK');
    expect([
      'OK',
      'NoSuchEntity',
      ...(operation.name.startsWith('Delete') ? ['DeleteConflict'] : []),
    ]).toContain(operated);
    expect(['OK', 'NoSuchEntity', 'DeleteConflict']).toContain(removed);
    if (removed !== 'OK') return;
    const { uniqueId } = world.entities[OWNERS[naming][0]];
    expect(await otherPorts.directory.findById(uniqueId)).toBeUndefined();
  }

  /** What belongs to an entity that isn't there. */
  async function orphans({ accountId }: World): Promise<string[]> {
    const rows = await watcher('iam_entities').where({ account_id: accountId });
    const entities: Entity[] = rows.map(({ body }) => JSON.parse(body));
    const of = <K extends EntityKind>(wanted: K) =>
      entities.filter(({ kind }) => kind === wanted) as EntityTypes[K][];
    const [users, groups, roles] = [of('user'), of('group'), of('role')];
    const ids = new Set(entities.map(({ uniqueId }) => uniqueId));
    const arns = new Set(of('policy').map((policy) => entityArn('aws', policy)));
    const keys = await watcher('access_keys').where({ account_id: accountId });
    const attempts = await watcher('mfa_attempts').where(
      'serial_number',
      'like',
      `%:${accountId}:%`,
    );
    const wanted = [
      ...keys.map(({ principal }) => principal),
      ...attempts.map(({ serial_number }) => serial_number),
      ...users.flatMap((user) => user.groups),
      ...of('mfa-device').flatMap(({ enabledFor }) => enabledFor ?? []),
      ...of('instance-profile').flatMap(({ role }) => role ?? []),
    ].filter((id) => !ids.has(id));
    const missing = [...users, ...groups, ...roles]
      .flatMap((holder) => [
        ...holder.attachedPolicies,
        ...('permissionsBoundary' in holder ? [holder.permissionsBoundary ?? ''] : []),
      ])
      .filter((arn) => !arns.has(arn));
    return [...wanted, ...missing];
  }
});
