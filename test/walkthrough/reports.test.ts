/** IAM's reports on an account: what it has, whose credentials, and what was used when. */
import {
  AddRoleToInstanceProfileCommand,
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GenerateCredentialReportCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsCommandInput,
  GetCredentialReportCommand,
  GetRoleCommand,
  GetServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsWithEntitiesCommand,
  ListPoliciesGrantingServiceAccessCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  paginateGetAccountAuthorizationDetails,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { ListKeysCommand } from '@aws-sdk/client-kms';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allow,
  type Clients,
  clientsOf,
  document,
  newUser,
  temporary,
} from '../support/principals.js';
import { ACCOUNT_ID, REGION, Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let root: Clients;
let olga: Awaited<ReturnType<typeof newUser>>;
const arnOf = (resource: string) => `arn:aws:iam::${ACCOUNT_ID}:${resource}`;
const READER = arnOf('policy/reader');
const encoded = (text: string) => encodeURIComponent(text).replaceAll('*', '%2A');

beforeAll(async () => {
  strongroom = await Strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
  const { iam } = root;
  const reader = { PolicyName: 'reader', PolicyDocument: allow('kms:List*') };
  await iam.send(new CreatePolicyCommand(reader));
  await iam.send(new CreateGroupCommand({ GroupName: 'staff' }));
  await iam.send(new AttachGroupPolicyCommand({ GroupName: 'staff', PolicyArn: READER }));
  const all = { GroupName: 'staff', PolicyName: 'all', PolicyDocument: allow('iam:Get*') };
  await iam.send(new PutGroupPolicyCommand(all));
  olga = await newUser(strongroom, root, 'olga');
  await iam.send(new AddUserToGroupCommand({ UserName: 'olga', GroupName: 'staff' }));
  const AssumeRolePolicyDocument = document({
    Effect: 'Allow',
    Principal: { AWS: ACCOUNT_ID },
    Action: 'sts:AssumeRole',
  });
  await iam.send(new CreateRoleCommand({ RoleName: 'worker', AssumeRolePolicyDocument }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'machine' }));
  await iam.send(
    new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'machine', RoleName: 'worker' }),
  );
});
afterAll(() => strongroom?.dispose());

describe('the account’s authorization details', () => {
  const details = (input: GetAccountAuthorizationDetailsCommandInput = {}) =>
    root.iam.send(new GetAccountAuthorizationDetailsCommand(input));

  it('are users, groups, roles and policies with what hangs on them', async () => {
    const { Policies, UserDetailList, RoleDetailList, GroupDetailList, ...rest } = await details();
    expect(rest).toMatchObject({ IsTruncated: false });
    const AttachedManagedPolicies = [{ PolicyName: 'reader', PolicyArn: READER }];
    expect(UserDetailList).toEqual([
      {
        ...{ Path: '/', UserName: 'olga', UserId: olga.id, Arn: olga.arn },
        ...{ CreateDate: expect.any(Date), GroupList: ['staff'], AttachedManagedPolicies: [] },
      },
    ]);
    expect(GroupDetailList).toMatchObject([
      {
        ...{ GroupName: 'staff', AttachedManagedPolicies },
        GroupPolicyList: [{ PolicyName: 'all', PolicyDocument: encoded(allow('iam:Get*')) }],
      },
    ]);
    expect(RoleDetailList).toMatchObject([
      {
        ...{ RoleName: 'worker', RolePolicyList: [], AttachedManagedPolicies: [] },
        InstanceProfileList: [
          {
            InstanceProfileName: 'machine',
            Roles: [expect.objectContaining({ RoleName: 'worker' })],
          },
        ],
        RoleLastUsed: {},
      },
    ]);
    expect(Policies?.find(({ PolicyName }) => PolicyName === 'reader')).toMatchObject({
      ...{ Arn: READER, AttachmentCount: 1 },
      PolicyVersionList: [
        { VersionId: 'v1', IsDefaultVersion: true, Document: encoded(allow('kms:List*')) },
      ],
    });
    expect(Policies?.map(({ PolicyName }) => PolicyName)).toContain('AdministratorAccess');
  });

  it('come in pages, each thing once', async () => {
    const pages = paginateGetAccountAuthorizationDetails({ client: root.iam, pageSize: 1 }, {});
    const seen: (string | undefined)[] = [];
    for await (const page of pages) {
      const names = [
        ...(page.UserDetailList ?? []).map(({ UserName }) => UserName),
        ...(page.RoleDetailList ?? []).map(({ RoleName }) => RoleName),
        ...(page.GroupDetailList ?? []).map(({ GroupName }) => GroupName),
        ...(page.Policies ?? []).map(({ PolicyName }) => PolicyName),
      ];
      expect(names).toHaveLength(1);
      seen.push(...names);
    }
    expect(seen.slice(0, 5)).toEqual(['olga', 'worker', 'staff', 'reader', 'AdministratorAccess']);
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('can be asked for by kind, and another list’s marker is refused', async () => {
    const { Marker, ...found } = await details({ Filter: ['Group', 'Role'], MaxItems: 1 });
    expect(found).toMatchObject({ IsTruncated: true, UserDetailList: [], Policies: [] });
    expect(found.RoleDetailList).toHaveLength(1);
    const next = await details({ Filter: ['Role', 'Group'], Marker });
    expect(next.GroupDetailList).toMatchObject([{ GroupName: 'staff' }]);
    await expect(details({ Filter: ['Group'], Marker })).rejects.toMatchObject({
      name: 'ValidationError',
      message: 'Marker and Filter do not match',
    });
  });
});

describe('the credential report', () => {
  const get = () => root.iam.send(new GetCredentialReportCommand({}));
  const generate = () => root.iam.send(new GenerateCredentialReportCommand({}));

  it('is there once it was asked for', async () => {
    await expect(get()).rejects.toMatchObject({
      name: 'CredentialReportNotPresentException',
      $metadata: { httpStatusCode: 410 },
    });
    await root.iam.send(new CreateUserCommand({ UserName: 'Ada,B', Path: '/a/' }));
    const made = await root.iam.send(new CreateAccessKeyCommand({ UserName: 'olga' }));
    const { AccessKeyId = '' } = made.AccessKey ?? {};
    const off = { UserName: 'olga', AccessKeyId, Status: 'Inactive' } as const;
    await root.iam.send(new UpdateAccessKeyCommand(off));
    await olga.iam.send(new GetRoleCommand({ RoleName: 'worker' }));

    expect(await generate()).toMatchObject({
      State: 'STARTED',
      Description: 'No report exists. Starting a new report generation task',
    });
    expect((await generate()).State).toBe('COMPLETE');
    const { Content, ReportFormat, GeneratedTime } = await get();
    expect(ReportFormat).toBe('text/csv');
    expect(GeneratedTime).toBeInstanceOf(Date);
    const lines = Buffer.from(Content ?? [])
      .toString('utf8')
      .split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]?.split(',')).toHaveLength(22);
    expect(lines[1]).toMatch(
      /^<root_account>,arn:aws:iam::\d+:root,\S+Z,not_supported,no_information,not_supported,not_supported,false,true,/,
    );
    expect(lines[2]).toMatch(
      /^"Ada,B","arn:aws:iam::\d+:user\/a\/Ada,B",\S+Z,false,N\/A,N\/A,N\/A,false,false,N\/A/,
    );
    const [name, arn, since, ...rest] = lines[3]?.split(',') ?? [];
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect([name, arn, since]).toEqual(['olga', olga.arn, time]);
    const used = ['true', time, time, REGION, 'iam'];
    const unused = ['false', time, 'N/A', 'N/A', 'N/A'];
    const keys = olga.credentials.accessKeyId < AccessKeyId ? [used, unused] : [unused, used];
    expect(rest).toEqual([
      ...['false', 'N/A', 'N/A', 'N/A', 'false', ...keys.flat()],
      ...['false', 'N/A', 'false', 'N/A'],
    ]);
  });
});

describe('last access', () => {
  async function job(Arn: string, by = root) {
    const { JobId = '' } = await by.iam.send(
      new GenerateServiceLastAccessedDetailsCommand({ Arn }),
    );
    return { JobId };
  }
  const details = async (Arn: string) =>
    root.iam.send(new GetServiceLastAccessedDetailsCommand(await job(Arn)));

  it('tells which services a user, its group and their policy may use, and who did when', async () => {
    await olga.kms.send(new ListKeysCommand({}));
    const used = {
      LastAuthenticated: expect.any(Date),
      LastAuthenticatedEntity: olga.arn,
      LastAuthenticatedRegion: REGION,
      TotalAuthenticatedEntities: 1,
    };
    const kms = {
      ...{ ServiceName: 'AWS Key Management Service', ServiceNamespace: 'kms', ...used },
    };
    for (const arn of [olga.arn, arnOf('group/staff')]) {
      const report = await details(arn);
      expect(report).toMatchObject({ JobStatus: 'COMPLETED', JobType: 'SERVICE_LEVEL' });
      expect(report.ServicesLastAccessed).toMatchObject([
        { ServiceNamespace: 'iam', ...used },
        kms,
      ]);
    }
    expect((await details(READER)).ServicesLastAccessed).toEqual([kms]);
    const { EntityDetailsList } = await root.iam.send(
      new GetServiceLastAccessedDetailsWithEntitiesCommand({
        ...{ ...(await job(READER)), ServiceNamespace: 'kms' },
      }),
    );
    expect(EntityDetailsList).toEqual([
      {
        EntityInfo: { Arn: olga.arn, Name: 'olga', Type: 'USER', Id: olga.id, Path: '/' },
        LastAuthenticated: expect.any(Date),
      },
    ]);
  });

  it('has no dates for what was never used, and no row for what is denied as a whole', async () => {
    const UserName = 'idle';
    await root.iam.send(new CreateUserCommand({ UserName }));
    await root.iam.send(
      new AttachUserPolicyCommand({
        ...{ UserName, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' },
      }),
    );
    const denied = document(
      { Effect: 'Deny', Action: 'iam:*', Resource: '*' },
      { Effect: 'Deny', Action: 'sts:*', Resource: 'arn:aws:iam::*:role/none' },
    );
    await root.iam.send(
      new PutUserPolicyCommand({ UserName, PolicyName: 'no', PolicyDocument: denied }),
    );
    expect((await details(arnOf('user/idle'))).ServicesLastAccessed).toEqual([
      {
        ServiceName: 'AWS CloudTrail',
        ...{ ServiceNamespace: 'cloudtrail', TotalAuthenticatedEntities: 0 },
      },
      {
        ServiceName: 'AWS Key Management Service',
        ...{ ServiceNamespace: 'kms', TotalAuthenticatedEntities: 0 },
      },
      {
        ServiceName: 'AWS Security Token Service',
        ...{ ServiceNamespace: 'sts', TotalAuthenticatedEntities: 0 },
      },
      {
        ServiceName: 'Amazon Resource Group Tagging API',
        ...{ ServiceNamespace: 'tag', TotalAuthenticatedEntities: 0 },
      },
    ]);
  });

  it('of a role is that of its sessions, and GetRole shows it', async () => {
    const RoleName = 'worker';
    const policy = { RoleName, PolicyName: 'own', PolicyDocument: allow(['kms:*', 'iam:Get*']) };
    await root.iam.send(new PutRolePolicyCommand(policy));
    const PolicyDocument = allow('sts:AssumeRole', arnOf('role/worker'));
    await root.iam.send(
      new PutUserPolicyCommand({ UserName: 'olga', PolicyName: 'assume', PolicyDocument }),
    );
    const { Credentials } = await olga.sts.send(
      new AssumeRoleCommand({ RoleArn: arnOf('role/worker'), RoleSessionName: 'shift' }),
    );
    await clientsOf(strongroom, temporary(Credentials)).kms.send(new ListKeysCommand({}));
    const { Role } = await root.iam.send(new GetRoleCommand({ RoleName }));
    expect(Role?.RoleLastUsed).toEqual({ LastUsedDate: expect.any(Date), Region: REGION });
    const { ServicesLastAccessed } = await details(arnOf('role/worker'));
    expect(ServicesLastAccessed).toMatchObject([
      { ServiceNamespace: 'iam', TotalAuthenticatedEntities: 0 },
      { ServiceNamespace: 'kms', LastAuthenticatedEntity: arnOf('role/worker') },
    ]);
  });

  it('is shown to who asked, of what there is', async () => {
    const may = ['iam:GenerateServiceLastAccessedDetails', 'iam:GetServiceLastAccessedDetails'];
    await root.iam.send(
      new PutUserPolicyCommand({ UserName: 'olga', PolicyName: 'ask', PolicyDocument: allow(may) }),
    );
    const mine = await job(READER, olga);
    expect(mine.JobId).toMatch(/^[0-9a-f-]{36}$/);
    await olga.iam.send(new GetServiceLastAccessedDetailsCommand(mine));
    const others = root.iam.send(new GetServiceLastAccessedDetailsCommand(mine));
    await expect(others).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    await expect(job(arnOf('user/nobody'))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
    });
  });

  it('outlives the server', async () => {
    await strongroom.stop();
    await strongroom.start();
    root = clientsOf(strongroom, await strongroom.credentials());
    const { ServicesLastAccessed = [] } = await details(READER);
    expect(ServicesLastAccessed).toMatchObject([{ LastAuthenticatedEntity: olga.arn }]);
  });
});

it('names the policies that grant a service', async () => {
  const list = (Arn: string, ...ServiceNamespaces: string[]) =>
    root.iam.send(new ListPoliciesGrantingServiceAccessCommand({ Arn, ServiceNamespaces }));
  const { PoliciesGrantingServiceAccess } = await list(olga.arn, 'kms', 'iam');
  expect(PoliciesGrantingServiceAccess).toEqual([
    {
      ServiceNamespace: 'iam',
      Policies: [
        { PolicyName: 'ask', PolicyType: 'INLINE', EntityType: 'USER', EntityName: 'olga' },
        { PolicyName: 'all', PolicyType: 'INLINE', EntityType: 'GROUP', EntityName: 'staff' },
      ],
    },
    {
      ServiceNamespace: 'kms',
      Policies: [{ PolicyName: 'reader', PolicyType: 'MANAGED', PolicyArn: READER }],
    },
  ]);
  await expect(list(olga.arn, 'kms', 'x')).rejects.toMatchObject({
    name: 'InvalidInputException',
    message: 'Invalid service namespace: [x]',
  });
});
