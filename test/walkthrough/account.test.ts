/** What an account has, as its administrators see it by the real SDK: its summary, devices, providers. */
import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetAccountSummaryCommand,
  GetMFADeviceCommand,
  ListVirtualMFADevicesCommand,
  SummaryKeyType,
} from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { allow, type Clients, clientsOf, codeOf, document } from '../support/principals.js';
import { ACCOUNT_ID, Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let root: Clients;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
});
afterAll(() => strongroom?.dispose());

async function newDevice(VirtualMFADeviceName: string) {
  const command = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName });
  const { VirtualMFADevice } = await root.iam.send(command);
  return {
    SerialNumber: VirtualMFADevice?.SerialNumber ?? '',
    seed: VirtualMFADevice?.Base32StringSeed ?? new Uint8Array(),
  };
}

async function enable(
  { SerialNumber, seed }: Awaited<ReturnType<typeof newDevice>>,
  UserName: string | undefined,
) {
  const AuthenticationCode1 = codeOf(seed, -1);
  const AuthenticationCode2 = codeOf(seed, 0);
  await root.iam.send(
    new EnableMFADeviceCommand({
      UserName,
      SerialNumber,
      AuthenticationCode1,
      AuthenticationCode2,
    }),
  );
}

it('tells apart whose virtual devices are', async () => {
  await root.iam.send(new CreateUserCommand({ UserName: 'olivia', Path: '/ops/' }));
  const devices = [];
  for (const name of ['a-spare', 'b-olivia', 'c-root']) devices.push(await newDevice(name));
  const [spare, ofOlivia, ofRoot] = devices;
  if (ofOlivia) await enable(ofOlivia, 'olivia');
  if (ofRoot) await enable(ofRoot, undefined);
  const { VirtualMFADevices } = await root.iam.send(new ListVirtualMFADevicesCommand({}));
  expect(VirtualMFADevices).toEqual([
    { SerialNumber: spare?.SerialNumber },
    {
      SerialNumber: ofOlivia?.SerialNumber,
      EnableDate: expect.any(Date),
      User: expect.objectContaining({
        UserName: 'olivia',
        Path: '/ops/',
        Arn: `arn:aws:iam::${ACCOUNT_ID}:user/ops/olivia`,
      }),
    },
    {
      SerialNumber: ofRoot?.SerialNumber,
      EnableDate: expect.any(Date),
      User: {
        UserId: ACCOUNT_ID,
        Arn: `arn:aws:iam::${ACCOUNT_ID}:root`,
        CreateDate: expect.any(Date),
      },
    },
  ]);
});

it('has no device that GetMFADevice describes: all are virtual', async () => {
  const { VirtualMFADevices = [] } = await root.iam.send(new ListVirtualMFADevicesCommand({}));
  const [spare, ofOlivia] = VirtualMFADevices.map(({ SerialNumber }) => SerialNumber);
  const get = (SerialNumber: string | undefined) =>
    root.iam.send(new GetMFADeviceCommand({ SerialNumber, UserName: 'olivia' }));
  await expect(get(ofOlivia)).rejects.toMatchObject({ name: 'ValidationError' });
  for (const other of [spare, `${spare}-none`]) {
    await expect(get(other)).rejects.toMatchObject({ name: 'NoSuchEntityException' });
  }
});

it('sums up the account in all of AWS’s numbers', async () => {
  const summary = async () =>
    (await root.iam.send(new GetAccountSummaryCommand({}))).SummaryMap ?? {};
  const before = await summary();
  expect(Object.keys(before).toSorted()).toEqual(Object.values(SummaryKeyType).toSorted());
  await root.iam.send(new CreateGroupCommand({ GroupName: 'counted' }));
  await root.iam.send(
    new CreateRoleCommand({
      RoleName: 'counted',
      AssumeRolePolicyDocument: document({
        Effect: 'Allow',
        Principal: { AWS: ACCOUNT_ID },
        Action: 'sts:AssumeRole',
      }),
    }),
  );
  await newDevice('counted');
  const { Arn: PolicyArn } =
    (
      await root.iam.send(
        new CreatePolicyCommand({ PolicyName: 'counted', PolicyDocument: allow('kms:*') }),
      )
    ).Policy ?? {};
  const number = (name: keyof typeof SummaryKeyType, more = 0) => ({
    [name]: (before[name] ?? Number.NaN) + more,
  });
  expect(await summary()).toEqual({
    ...before,
    ...number('Groups', 1),
    ...number('Roles', 1),
    ...number('MFADevices', 1),
    ...number('Policies', 1),
  });
  await root.iam.send(new AttachGroupPolicyCommand({ GroupName: 'counted', PolicyArn }));
  await root.iam.send(new AttachRolePolicyCommand({ RoleName: 'counted', PolicyArn }));
  expect(await summary()).toMatchObject(number('PolicyVersionsInUse', 1));
});
