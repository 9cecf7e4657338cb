/** A call that is refused changes nothing: every operation of every service, as callers without a right to it. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as iamSdk from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/declare/operation.js';
import type { ServiceFace } from '../../src/pipeline/service.js';
import { cloudTrail } from '../../src/services/cloudtrail/service.js';
import { iam, sts } from '../../src/services/iam/service.js';
import { kms } from '../../src/services/kms/service.js';
import { tagging } from '../../src/services/tagging/service.js';
import { callAny } from '../support/any-operation.js';
import { makeKey } from '../support/clients.js';
import { connectionState } from '../support/custom-key-store.js';
import { DatabaseContents, type Uncounted } from '../support/database-contents.js';
import { ownConformanceServer } from '../support/faces/conformance-server.js';
import { ALLOW, type IamNames, iamInput, trustOf } from '../support/operations/iam-inputs.js';
import { operationRows } from '../support/operations/operation-rows.js';
import { Surroundings, sharedSurroundings } from '../support/operations/surroundings.js';
import { type Clients, clientsOf, codeOf, newUser } from '../support/principals.js';
import { FREE_REGION, HOME, OTHER_REGION } from '../support/shared-server.js';
import { ACCOUNT_ID } from '../support/strongroom.js';

/** What may change all the same, and why. */
const UNCOUNTED: Uncounted = {
  // The evidence that a call was refused, until the trail has it.
  audit_outbox: 'all',
  // The server of the jobs says from time to time that it still is.
  leases: 'all',
  // Where the trail's chain has come to: refused calls are in it.
  audit_heads: 'all',
  // An access key is used by whoever signs with it, refused or not (IAM, GetAccessKeyLastUsed).
  access_keys: ['last_used_at', 'last_used_region', 'last_used_service'],
  // Blocks are reserved ahead, whenever what was allowed before has used up most of one.
  key_invocations: 'all',
  // And so is the service (IAM, GetServiceLastAccessedDetails).
  service_uses: 'all',
};

/** Any caller may call them, for themselves; they change nothing either. */
const FOR_ANYBODY = ['sts:GetCallerIdentity', 'sts:GetSessionToken'];

/** Refused otherwise than by a policy. */
const REFUSED_OTHERWISE: Readonly<Record<string, RegExp>> = {
  // Nobody signs it: its token is nobody's.
  'sts:AssumeRoleWithWebIdentity': /InvalidIdentityToken/,
  // It is for whoever has a session.
  'sts:GetScopedCredentials': /InvalidSubjectCredentials/,
};

interface Case {
  readonly title: string;
  readonly service: ServiceFace;
  readonly operation: Operation;
  readonly input: () => Promise<object>;
}

const server = ownConformanceServer({
  yaml: {
    ...{ clock: 'simulated', developmentServer: true },
    regions: [HOME, OTHER_REGION, FREE_REGION],
  },
});
let stranger: Clients;
let names: IamNames;
let contents: DatabaseContents;
/** The objects of the tokens while no server ran. */
let kept: ReadonlySet<string>;
/** As it was at first, and before the present call. */
let begun: ReadonlySet<string>;
let before: ReadonlySet<string>;

const place = () => ({ server, face: 'AWS JSON' as const });
const shared = sharedSurroundings(place);

beforeAll(async () => {
  const { strongroom } = server;
  const root = clientsOf(strongroom, await strongroom.credentials());
  stranger = await newUser(strongroom, root, 'stranger');
  names = await makeIamWorld(root);
  // All that the calls need is there before anything is compared.
  for (const { input } of cases) await input();
  // What the set-up used is written now, and not in between.
  await strongroom.stop();
  kept = new Set(await objectFiles());
  await strongroom.start();
  await connectionState(await strongroom.client(), server.customKeyStoreId, 'CONNECTED');
  contents = await DatabaseContents.of(strongroom, UNCOUNTED);
  begun = await held();
  before = begun;
});
afterAll(() => contents?.close());

/** A user, group, role, policy of two versions, device, provider and access key, attached to each other. */
async function makeIamWorld({ iam: client }: Clients): Promise<IamNames> {
  const [UserName, GroupName, RoleName] = ['alice', 'staff', 'worker'];
  const inline = { PolicyName: 'inline', PolicyDocument: ALLOW };
  await client.send(new iamSdk.CreateUserCommand({ UserName }));
  await client.send(new iamSdk.CreateGroupCommand({ GroupName }));
  await client.send(
    new iamSdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: nobodysTrust() }),
  );
  const { Policy } = await client.send(
    new iamSdk.CreatePolicyCommand({ PolicyName: 'reader', PolicyDocument: ALLOW }),
  );
  const policyArn = Policy?.Arn ?? '';
  const version = { PolicyArn: policyArn, PolicyDocument: ALLOW };
  await client.send(new iamSdk.CreatePolicyVersionCommand(version));
  await client.send(new iamSdk.AttachUserPolicyCommand({ UserName, PolicyArn: policyArn }));
  await client.send(new iamSdk.PutUserPolicyCommand({ UserName, ...inline }));
  await client.send(new iamSdk.PutGroupPolicyCommand({ GroupName, ...inline }));
  await client.send(new iamSdk.PutRolePolicyCommand({ RoleName, ...inline }));
  const InstanceProfileName = 'machine';
  await client.send(new iamSdk.CreateInstanceProfileCommand({ InstanceProfileName }));
  const device = await client.send(
    new iamSdk.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }),
  );
  const seed = device.VirtualMFADevice?.Base32StringSeed ?? new Uint8Array();
  const provider = await client.send(
    new iamSdk.CreateOpenIDConnectProviderCommand({
      ...{ Url: 'https://idp.example', ClientIDList: ['one'] },
      ThumbprintList: ['a'.repeat(40)],
    }),
  );
  const { AccessKey } = await client.send(new iamSdk.CreateAccessKeyCommand({ UserName }));
  return {
    ...{ accountId: ACCOUNT_ID, user: UserName, group: GroupName, role: RoleName, policyArn },
    instanceProfile: InstanceProfileName,
    serialNumber: device.VirtualMFADevice?.SerialNumber ?? '',
    providerArn: provider.OpenIDConnectProviderArn ?? '',
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    codes: [codeOf(seed, 0), codeOf(seed, 1)],
  };
}

/** Trusts another account alone: AssumeRole would be the stranger's right by the account's. */
const nobodysTrust = () => trustOf('999999999999');

/** Made once; refused calls leave it as it is. */
function once(make: () => Promise<object>): () => Promise<object> {
  let made: Promise<object> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const onRows: readonly Case[] = operationRows.map((row) => ({
  title: row.title,
  service: kms,
  operation: kms.operations.get(row.operation) as Operation,
  input: once(async () => {
    const ofItsOwn = row.before !== undefined || /Grant/.test(row.operation);
    const at = await (ofItsOwn ? Surroundings.make(place(), row) : shared(row));
    await row.before?.(at);
    return await row.input(at.key.id, at);
  }),
}));

/** AWS managed keys are made when their alias is first named: not for whom may not use them. */
const onManagedKeys: readonly Case[] = operationRows
  .filter(({ forms, second, of }) => forms === 'any' && !second && of !== 'destination')
  .map((row) => ({
    title: `${row.title} under an alias of AWS`,
    service: kms,
    operation: kms.operations.get(row.operation) as Operation,
    input: once(async () => row.input('alias/aws/ebs', await shared(row))),
  }));

const inTokens: readonly Case[] = ['SYMMETRIC_DEFAULT', 'ECC_NIST_P256'].map((KeySpec) => ({
  title: `CreateKey in a token (${KeySpec})`,
  service: kms,
  operation: kms.operations.get('CreateKey') as Operation,
  input: async () => ({
    ...{ KeySpec, Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: server.customKeyStoreId },
    KeyUsage: KeySpec === 'SYMMETRIC_DEFAULT' ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY',
  }),
}));

/** Strongroom's own, which are in no table of KMS's operations. */
const ownInputs: Readonly<Record<string, () => object | Promise<object>>> = {
  AdoptKey: () => ({ CustomKeyStoreId: server.customKeyStoreId, ObjectId: '01' }),
  AdvanceClock: () => ({ Seconds: 3600 }),
  GetKeyAttestation: once(async () => {
    const client = await server.strongroom.client();
    return { KeyId: await makeKey(client) };
  }),
  ListEvents: () => ({}),
};
const own: readonly Case[] = [...kms.operations.values()]
  .filter(({ restOnly }) => restOnly)
  .map((operation) => ({
    title: operation.name,
    ...{ service: kms, operation },
    input: async () => {
      const input = ownInputs[operation.name];
      if (!input) throw new Error(`${operation.name} needs an input here`);
      return input();
    },
  }));

const identity: readonly Case[] = [iam, sts].flatMap((service) =>
  [...service.operations.values()].map((operation) => ({
    title: operation.id,
    ...{ service, operation },
    input: async () => iamInput(operation, names),
  })),
);

const taggingInputs: Readonly<Record<string, (arn: string) => object>> = {
  GetResources: () => ({}),
  GetTagKeys: () => ({}),
  GetTagValues: () => ({ Key: 'kind' }),
  TagResources: (arn) => ({ ResourceARNList: [arn], Tags: { kind: 'tagged' } }),
  UntagResources: (arn) => ({ ResourceARNList: [arn], TagKeys: ['kind'] }),
};
const ofTags: readonly Case[] = [...tagging.operations.values()].map((operation) => ({
  title: operation.id,
  ...{ service: tagging, operation },
  input: once(async () => {
    const input = taggingInputs[operation.name];
    if (!input) throw new Error(`${operation.name} needs an input here`);
    const at = await Surroundings.make(place(), {});
    return input(at.key.arn);
  }),
}));

const ofEvents: readonly Case[] = [...cloudTrail.operations.values()].map((operation) => ({
  title: operation.id,
  ...{ service: cloudTrail, operation },
  input: async () => ({}),
}));

const cases = [
  ...onRows,
  ...onManagedKeys,
  ...inTokens,
  ...own,
  ...identity,
  ...ofTags,
  ...ofEvents,
];

/** What is stored: rows, and the files that SoftHSM has objects in. */
/**
 * Rows, and the tokens' objects of before. Keys with which a token is tried come and go beside, each
 * with a row of its own; an object that a call had made would have another.
 */
async function held(): Promise<ReadonlySet<string>> {
  const rows = [...(await contents.rows())].filter((row) => !row.includes('["key_id","probe"]'));
  return new Set([...rows, ...(await objectFiles()).filter((name) => kept.has(name))]);
}

async function objectFiles(): Promise<string[]> {
  const tokens = join(server.strongroom.dataDir, 'softhsm', 'tokens');
  const files = await readdir(tokens, { recursive: true });
  const objects = files.filter((name) => name.endsWith('.object'));
  expect(objects).not.toEqual([]);
  return objects;
}

/** What came and what went. */
function changes(from: ReadonlySet<string>, to: ReadonlySet<string>): string[] {
  return [
    ...[...to].filter((one) => !from.has(one)).map((one) => `came: ${one}`),
    ...[...from].filter((one) => !to.has(one)).map((one) => `went: ${one}`),
  ];
}

it('every operation of every service is called', () => {
  const called = new Set(cases.map(({ operation }) => operation.id));
  const all = [kms, iam, sts, tagging, cloudTrail].flatMap((service) => [
    ...service.operations.values(),
  ]);
  expect(all.map(({ id }) => id).filter((id) => !called.has(id))).toEqual([]);
});

describe.each(cases)('$title', ({ service, operation, input }) => {
  it('is refused and leaves all as it was', async () => {
    const call = { service, operation, input: await input() };
    const nobody = await callAny(server.strongroom, call);
    expect(nobody.status).toBeGreaterThanOrEqual(400);
    const { status, text } = await callAny(server.strongroom, call, stranger.credentials);
    if (FOR_ANYBODY.includes(operation.id)) expect(status).toBe(200);
    else expect(text).toMatch(REFUSED_OTHERWISE[operation.id] ?? /AccessDenied/);
    const now = await held();
    const changed = changes(before, now);
    // What one call did isn't the next one's fault.
    before = now;
    expect(changed).toEqual([]);
  });
});

it('nothing came later either', async () => {
  await server.strongroom.stop();
  expect(changes(begun, await held())).toEqual([]);
});
