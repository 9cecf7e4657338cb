/** An account with one entity of each kind, and how a test calls operations on it without a server. */
import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import type { Caller } from '../../../../src/authz/model.js';
import { ServiceError } from '../../../../src/kernel/service-error.js';
import { wallClock } from '../../../../src/kernel/time.js';
import { makeLog } from '../../../../src/observe/log.js';
import {
  AccessKeys,
  makeCredentials,
} from '../../../../src/services/iam/credentials/access-keys.js';
import { SessionTokens } from '../../../../src/services/iam/credentials/session-token.js';
import type { EntityKind, EntityTypes } from '../../../../src/services/iam/directory/entities.js';
import { Principals } from '../../../../src/services/iam/directory/principals.js';
import { MfaAttempts } from '../../../../src/services/iam/mfa/mfa-attempts.js';
import { MfaCodes } from '../../../../src/services/iam/mfa/mfa-codes.js';
import { timeStep, totpCode } from '../../../../src/services/iam/mfa/totp.js';
import type { IamOperation } from '../../../../src/services/iam/operation.js';
import type { IamPorts } from '../../../../src/services/iam/ports.js';
import { iam } from '../../../../src/services/iam/service.js';
import type { ServerView } from '../../../support/database-bench.js';
import { MemorySealer } from '../../../support/memory-sealer.js';
import { ALLOW, type IamNames } from '../../../support/operations/iam-inputs.js';
import { rootUser } from '../../../support/sample-principal.js';

const REGION = 'us-east-1';
const SEED = Buffer.alloc(40, 7);
const sealer = new MemorySealer();

/** Changes of the entities that an account begins with, by their kinds. */
export type Different = { readonly [K in EntityKind]?: Partial<EntityTypes[K]> };

export type World = Awaited<ReturnType<typeof makeWorld>>;

/** The ports of a server's operations, over its view of a database. */
export function portsOf({ iam: directory, accessKeys: repository, changes, database }: ServerView) {
  const now = () => changes.now();
  const log = makeLog({ level: 'fatal', destination: { write: () => undefined } });
  const principals = new Principals({
    ...{ directory, partition: 'aws', accounts: new Set(), ownAccountId: '', lease: changes.lease },
  });
  changes.on('iam', 'principals', (ref) => principals.forget(ref));
  const sessionTokens = new SessionTokens({ key: createSecretKey(randomBytes(32)), randomBytes });
  const attempts = new MfaAttempts(database);
  return {
    ...{ directory, principals, sessionTokens, randomBytes, wallClock: wallClock(now) },
    accessKeys: new AccessKeys({
      ...{ repository, sealer, principals, sessionTokens, changes, services: new Set(), now, log },
    }),
    mfaCodes: new MfaCodes({ directory, attempts, sealer, log, now }),
    services: new Map(),
    oidcTokens: none('oidcTokens'),
    findAction: none('findAction'),
  } as unknown as IamPorts;
}

/** What no operation under test may use. */
const none = (name: string) =>
  new Proxy(() => undefined, {
    get: () => {
      throw new Error(`${name} is not there`);
    },
  });

/** @param now epoch milliseconds, for the device's codes */
export function namesIn(world: World, now: number): IamNames {
  const { accountId, entities, accessKeyId, policyArn } = world;
  const step = timeStep(now);
  return {
    ...{ accountId, accessKeyId, policyArn },
    ...{ user: entities.user.name, group: entities.group.name, role: entities.role.name },
    instanceProfile: entities['instance-profile'].name,
    serialNumber: entities['mfa-device'].uniqueId,
    providerArn: entities['oidc-provider'].uniqueId,
    codes: [totpCode(SEED, step), totpCode(SEED, step + 1)],
  };
}

/** The unique id of the account's user (AIDA), group (AGPA), role (AROA) or policy (ANPA). */
export function idIn(accountId: string, prefix: string): string {
  const digest = createHash('sha256').update(accountId).digest('hex');
  return `${prefix}${digest.slice(0, 17).toUpperCase()}`;
}

/**
 * @param accountId nobody's yet
 * @param kinds which of its entities there are
 */
export async function makeWorld(
  ports: IamPorts,
  accountId: string,
  {
    kinds,
    different,
    withKey,
  }: { kinds: ReadonlySet<EntityKind>; different: Different; withKey: boolean },
) {
  const createdAt = new Date(ports.wallClock());
  const base = { accountId, path: '/', createdAt, tags: {} };
  const arn = (resource: string) => `arn:aws:iam::${accountId}:${resource}`;
  const id = (prefix: string) => idIn(accountId, prefix);
  const holder = { inlinePolicies: {}, attachedPolicies: [] };
  const serial = arn('mfa/phone');
  const sealedSeed = await ports.mfaCodes.seal(serial, Buffer.from(SEED));
  const entities: EntityTypes = {
    user: {
      ...{ ...base, ...holder, kind: 'user', uniqueId: id('AIDA'), name: 'alice', groups: [] },
    },
    group: { ...base, ...holder, kind: 'group', uniqueId: id('AGPA'), name: 'staff' },
    role: {
      ...{ ...base, ...holder, kind: 'role', uniqueId: id('AROA'), name: 'worker' },
      ...{ maxSessionDuration: 3600, trustPolicy: { text: ALLOW, principalIds: {} } },
    },
    policy: {
      ...{ ...base, kind: 'policy', uniqueId: id('ANPA'), name: 'reader', updatedAt: 0 },
      versions: [{ versionId: 'v1', text: ALLOW, createdAt: 0 }],
      ...{ defaultVersionId: 'v1', nextVersion: 2 },
    },
    'oidc-provider': {
      ...{ ...base, kind: 'oidc-provider', uniqueId: arn('oidc-provider/idp.example') },
      ...{ name: 'idp.example', clientIds: ['one'], thumbprints: [] },
    },
    'mfa-device': { ...base, kind: 'mfa-device', uniqueId: serial, name: 'phone', sealedSeed },
    'instance-profile': {
      ...{ ...base, kind: 'instance-profile', uniqueId: id('AIPA'), name: 'machine' },
    },
  };
  await ports.directory.change(async (transaction) => {
    for (const entity of Object.values(entities)) {
      if (!kinds.has(entity.kind)) continue;
      await transaction.put({ ...entity, ...different[entity.kind as EntityKind] } as never);
    }
  });
  const { accessKeyId } = makeCredentials();
  if (withKey) {
    const owner = { accountId, principal: entities.user.uniqueId };
    await ports.accessKeys.create(owner, { ...makeCredentials(), accessKeyId });
  }
  return { accountId, entities, accessKeyId, policyArn: arn('policy/reader') };
}

/** What an operation answers the account's root user: `OK`, or an error's code. What is no answer it throws. */
export async function answerOf(
  operation: IamOperation,
  input: object,
  { accountId }: Pick<World, 'accountId'>,
  ports: IamPorts,
): Promise<string> {
  const caller: Caller = { ...rootUser(accountId), accessKeyId: '' };
  const call = {
    ...{ requestId: '', input: operation.decode(input), caller, facts: {} as never },
    ...{ scope: { partition: 'aws', accountId, region: REGION }, deadline: Infinity },
    ...{ decisions: [], about: [], sessionToken: undefined },
  };
  try {
    await operation.run(call, ports);
    return 'OK';
  } catch (error) {
    const answered = error instanceof ServiceError ? error : iam.errors.wording(error);
    if (!answered) throw error;
    return answered.code;
  }
}
