/** Instance profiles, as Ansible and Terraform make them for a role. */
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  GetAccountSummaryCommand,
  GetInstanceProfileCommand,
  ListInstanceProfilesCommand,
  ListInstanceProfilesForRoleCommand,
  ListInstanceProfileTagsCommand,
  PutUserPolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  UntagInstanceProfileCommand,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clients, clientsOf, document, newUser } from '../support/principals.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let root: Clients;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
  const AssumeRolePolicyDocument = document({
    Effect: 'Allow',
    Principal: { Service: 'ec2.amazonaws.com' },
    Action: 'sts:AssumeRole',
  });
  for (const RoleName of ['worker', 'idle']) {
    await root.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  }
});
afterAll(() => strongroom?.dispose());

const InstanceProfileName = 'machine';
const named = { InstanceProfileName };
const ARN = `arn:aws:iam::${ACCOUNT_ID}:instance-profile/fleet/machine`;

it('is made with a path and tags, and without a role', async () => {
  const command = new CreateInstanceProfileCommand({
    ...named,
    ...{ Path: '/fleet/', Tags: [{ Key: 'colour', Value: 'red' }] },
  });
  const { InstanceProfile } = await root.iam.send(command);
  expect(InstanceProfile).toEqual({
    ...{ InstanceProfileName, Path: '/fleet/', Arn: ARN, Roles: [] },
    InstanceProfileId: expect.stringMatching(/^AIPA[A-Z2-7]{17}$/),
    ...{ CreateDate: expect.any(Date), Tags: [{ Key: 'colour', Value: 'red' }] },
  });
  await expect(root.iam.send(command)).rejects.toMatchObject({
    name: 'EntityAlreadyExistsException',
    message: 'Instance Profile machine already exists.',
  });
});

it('has tags', async () => {
  await root.iam.send(
    new TagInstanceProfileCommand({ ...named, Tags: [{ Key: 'size', Value: 'small' }] }),
  );
  await root.iam.send(new UntagInstanceProfileCommand({ ...named, TagKeys: ['colour'] }));
  const { Tags } = await root.iam.send(new ListInstanceProfileTagsCommand(named));
  expect(Tags).toEqual([{ Key: 'size', Value: 'small' }]);
});

describe('a role given to it', () => {
  const role = { RoleName: 'worker' };
  const give = { ...named, ...role };

  it('needs iam:PassRole, on the role and for EC2', async () => {
    const lena = await newUser(strongroom, root, 'lena');
    const passing = (passed: object) =>
      root.iam.send(
        new PutUserPolicyCommand({
          ...{ UserName: 'lena', PolicyName: 'passing' },
          PolicyDocument: document(
            { Effect: 'Allow', Action: 'iam:AddRoleToInstanceProfile', Resource: ARN },
            { Effect: 'Allow', Action: 'iam:PassRole', ...passed },
          ),
        }),
      );
    const workers = `arn:aws:iam::${ACCOUNT_ID}:role/worker`;
    const to = (service: string) => ({ StringEquals: { 'iam:PassedToService': service } });
    for (const passed of [
      { Resource: workers.replace('worker', 'idle') },
      { Resource: workers, Condition: to('lambda.amazonaws.com') },
    ]) {
      await passing(passed);
      await expect(lena.iam.send(new AddRoleToInstanceProfileCommand(give))).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining(`perform: iam:PassRole on resource: ${workers}`),
      });
    }
    await passing({ Resource: workers, Condition: to('ec2.amazonaws.com') });
    await lena.iam.send(new AddRoleToInstanceProfileCommand(give));
  });

  it('is shown, tags in Get alone', async () => {
    const Roles = [expect.objectContaining({ RoleName: 'worker' })];
    const { InstanceProfile } = await root.iam.send(new GetInstanceProfileCommand(named));
    expect(InstanceProfile).toMatchObject({ Roles, Tags: [{ Key: 'size' }] });
    for (const { InstanceProfiles = [] } of [
      await root.iam.send(new ListInstanceProfilesCommand({ PathPrefix: '/fleet/' })),
      await root.iam.send(new ListInstanceProfilesForRoleCommand(role)),
    ]) {
      expect(InstanceProfiles).toMatchObject([{ InstanceProfileName, Roles }]);
      expect(InstanceProfiles[0]).not.toHaveProperty('Tags');
    }
    const others = await root.iam.send(new ListInstanceProfilesCommand({ PathPrefix: '/other/' }));
    expect(others.InstanceProfiles).toEqual([]);
    const idle = await root.iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: 'idle' }));
    expect(idle.InstanceProfiles).toEqual([]);
    const { SummaryMap } = await root.iam.send(new GetAccountSummaryCommand({}));
    expect(SummaryMap).toMatchObject({ InstanceProfiles: 1, InstanceProfilesQuota: 1000 });
  });

  it('is its only one', async () => {
    const more = new AddRoleToInstanceProfileCommand({ ...named, RoleName: 'idle' });
    await expect(root.iam.send(more)).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
    });
  });

  it('keeps both from being deleted', async () => {
    const conflict = {
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must remove roles from instance profile first.',
    };
    await expect(root.iam.send(new DeleteRoleCommand(role))).rejects.toMatchObject(conflict);
    const whole = new DeleteInstanceProfileCommand(named);
    await expect(root.iam.send(whole)).rejects.toMatchObject(conflict);
    const idle = new RemoveRoleFromInstanceProfileCommand({ ...named, RoleName: 'idle' });
    await expect(root.iam.send(idle)).rejects.toMatchObject({ name: 'NoSuchEntityException' });
    await root.iam.send(new RemoveRoleFromInstanceProfileCommand(give));
    await root.iam.send(new DeleteRoleCommand(role));
    await root.iam.send(whole);
    await expect(root.iam.send(new GetInstanceProfileCommand(named))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'Instance Profile machine cannot be found.',
    });
  });
});
