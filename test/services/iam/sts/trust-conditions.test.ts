/** Every condition key that AWS's reference gives AssumeRole, over the wire: met, not met, and missing. */
import {
  CreateRoleCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, type AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { beforeAll, expect, it } from 'vitest';
import { ABSENT_KEYS } from '../../../../src/authz/known-keys.js';
import { type Clients, clientsOf, document, newUser } from '../../../support/principals.js';
import { sharedServer } from '../../../support/shared-server.js';
import { RESOURCE_KEYS, SERVICE_AUTHORIZATION } from '../service-authorization.js';

const RoleName = 'TrustConditions';
const TAGS = [{ Key: 'Team', Value: 'blue' }];

interface Row {
  readonly key: string;
  /** What the trust policy asks for. */
  readonly wanted: string;
  readonly operator?: string;
  readonly met: Partial<AssumeRoleCommandInput>;
  /** Absent: it is the role's own, and can't be otherwise. */
  readonly unmet?: Partial<AssumeRoleCommandInput>;
}

const rows: readonly Row[] = [
  {
    key: 'sts:ExternalId',
    wanted: 'secret',
    met: { ExternalId: 'secret' },
    unmet: { ExternalId: 'guess' },
  },
  {
    key: 'sts:RoleSessionName',
    wanted: 'night',
    met: { RoleSessionName: 'night' },
    unmet: { RoleSessionName: 'day' },
  },
  {
    key: 'sts:SourceIdentity',
    wanted: 'alice',
    met: { SourceIdentity: 'alice' },
    unmet: { SourceIdentity: 'mallory' },
  },
  {
    key: 'aws:RequestTag/',
    wanted: 'blue',
    met: { Tags: TAGS },
    unmet: { Tags: [{ Key: 'Team', Value: 'red' }] },
  },
  {
    key: 'aws:TagKeys',
    operator: 'ForAnyValue:StringEquals',
    wanted: 'Team',
    met: { Tags: TAGS },
    unmet: { Tags: [{ Key: 'Crew', Value: 'blue' }] },
  },
  {
    key: 'sts:TransitiveTagKeys',
    operator: 'ForAnyValue:StringEquals',
    wanted: 'Team',
    met: { Tags: TAGS, TransitiveTagKeys: ['Team'] },
    unmet: { Tags: TAGS },
  },
  { key: 'aws:ResourceTag/', wanted: 'night', met: {} },
  { key: 'iam:ResourceTag/', wanted: 'night', met: {} },
];

let root: Clients;
let alice: Clients & { readonly arn: string };
let RoleArn: string;

const trusting = (Condition: object) =>
  document({
    Effect: 'Allow',
    Principal: { AWS: alice.arn },
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Condition,
  });
const assume = (input: Partial<AssumeRoleCommandInput>) =>
  alice.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'other', ...input }));

beforeAll(async () => {
  const { strongroom } = sharedServer();
  root = clientsOf(strongroom, await strongroom.credentials());
  alice = await newUser(strongroom, root, 'trust-conditions');
  const made = await root.iam.send(
    new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting({}) }),
  );
  RoleArn = made.Role?.Arn ?? '';
  const Tags = [{ Key: 'Shift', Value: 'night' }];
  await root.iam.send(new TagRoleCommand({ RoleName, Tags }));
});

it.each(rows)('$key', async ({ key, operator = 'StringEquals', wanted, met, unmet }) => {
  const tag = key === 'aws:RequestTag/' ? 'Team' : 'Shift';
  const name = key.endsWith('/') ? `${key}${tag}` : key;
  const trust = async (value: string) => {
    const PolicyDocument = trusting({ [operator]: { [name]: value } });
    await root.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  };
  const denied = { name: 'AccessDenied' };
  await trust(wanted);
  await expect(assume(met)).resolves.toHaveProperty('Credentials');
  if (unmet) {
    await expect(assume(unmet)).rejects.toMatchObject(denied);
    await expect(assume({})).rejects.toMatchObject(denied);
    return;
  }
  await trust(`not ${wanted}`);
  await expect(assume(met)).rejects.toMatchObject(denied);
});

it("are those of AWS's reference", () => {
  const absent = new Set(ABSENT_KEYS.flatMap(({ keys }) => keys));
  const { keys = [] } = SERVICE_AUTHORIZATION.get('AssumeRole') ?? {};
  const wanted = [...keys, ...(RESOURCE_KEYS.role ?? [])].filter((key) => !absent.has(key));
  expect([...new Set(wanted)].toSorted()).toEqual(rows.map(({ key }) => key).toSorted());
});
