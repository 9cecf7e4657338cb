/** One-time codes as AWS takes them. Source: recorded-iam.md §7; red.md H5. */
import {
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  EnableMFADeviceCommand,
  ResyncMFADeviceCommand,
} from '@aws-sdk/client-iam';
import { GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Clients, clientsOf, codeOf, newUser } from '../support/principals.js';
import { Strongroom } from '../support/strongroom.js';

const WRONG = 'MultiFactorAuthentication failed with invalid MFA one time pass code. ';
const LOCKED =
  'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.';

let strongroom: Strongroom;
let root: Clients;
beforeAll(async () => {
  strongroom = await Strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
});
afterAll(() => strongroom?.dispose());

let count = 0;

/** A user with a device that was synchronized by the codes of two steps from now. */
async function userWithDevice(steps: readonly [number, number] = [-2, -1]) {
  const UserName = `user${++count}`;
  const user = await newUser(strongroom, root, UserName);
  const { VirtualMFADevice } = await root.iam.send(
    new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: `${UserName}-phone` }),
  );
  const SerialNumber = VirtualMFADevice?.SerialNumber ?? '';
  const code = (step: number) =>
    codeOf(VirtualMFADevice?.Base32StringSeed ?? new Uint8Array(), step);
  const pair = ([first, second]: readonly [number, number]) => ({
    ...{ UserName, SerialNumber },
    ...{ AuthenticationCode1: code(first), AuthenticationCode2: code(second) },
  });
  await root.iam.send(new EnableMFADeviceCommand(pair(steps)));
  const { kms: _kms, iam: _iam, ...rest } = user;
  const session = (TokenCode: string, by = rest.sts) =>
    by.send(new GetSessionTokenCommand({ SerialNumber, TokenCode }));
  /** A code that isn't right at any step near now. */
  const wrong = () => {
    const right = new Set([-4, -3, -2, -1, 0, 1, 2, 3, 4].map(code));
    return [...'0123456789'].map((digit) => digit.repeat(6)).find((each) => !right.has(each)) ?? '';
  };
  return { UserName, SerialNumber, code, pair, session, wrong, credentials: rest.credentials };
}

const refused = (message: string) => ({ name: 'AccessDenied', message });

it('codes of steps nearby are taken, each once, in any order', async () => {
  const { code, session } = await userWithDevice();
  for (const step of [1, -1, 0]) {
    const right = code(step);
    // What enabling took is not taken again.
    if (step === -1) await expect(session(right)).rejects.toMatchObject(refused(WRONG));
    else expect((await session(right)).Credentials).toBeDefined();
    await expect(session(right)).rejects.toMatchObject(refused(WRONG));
  }
});

it('seven wrong codes in a row do no harm', async () => {
  const { code, session, wrong } = await userWithDevice();
  for (let times = 0; times < 7; times += 1) {
    await expect(session(wrong())).rejects.toMatchObject(refused(WRONG));
  }
  expect((await session(code(0))).Credentials).toBeDefined();
});

it('guessing at once gives no more tries, and the lock outlasts a restart', async () => {
  const { code, pair, session, wrong, credentials } = await userWithDevice();
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, () => session(wrong()).catch((error: Error) => error.message)),
  );
  expect(outcomes.filter((message) => message === WRONG)).toHaveLength(8);
  expect(outcomes.filter((message) => message === LOCKED)).toHaveLength(52);
  await expect(session(code(0))).rejects.toMatchObject(refused(LOCKED));
  await strongroom.stop();
  await strongroom.start();
  root = clientsOf(strongroom, await strongroom.credentials());
  const { sts } = clientsOf(strongroom, credentials);
  await expect(session(code(0), sts)).rejects.toMatchObject(refused(LOCKED));
  expect(strongroom.log).toContain('an MFA device is locked');
  // Who administers the device helps: two codes in a row open it.
  await root.iam.send(new ResyncMFADeviceCommand(pair([0, 1])));
  expect((await session(code(2), sts)).Credentials).toBeDefined();
});

it('a device whose clock is far off is synchronized, and goes on by its own time', async () => {
  const { code, pair, session } = await userWithDevice();
  await expect(session(code(20))).rejects.toMatchObject(refused(WRONG));
  await root.iam.send(new ResyncMFADeviceCommand(pair([20, 21])));
  expect((await session(code(22))).Credentials).toBeDefined();
  await expect(session(code(0))).rejects.toMatchObject(refused(WRONG));
  for (const steps of [
    [20, 21],
    [22, 24],
    [30, 29],
  ] as const) {
    await expect(root.iam.send(new ResyncMFADeviceCommand(pair(steps)))).rejects.toMatchObject({
      name: 'InvalidAuthenticationCodeException',
    });
  }
});

it("another user's device is said to be that", async () => {
  const [one, other] = [await userWithDevice(), await userWithDevice()];
  const foreign = { ...one.pair([1, 2]), UserName: other.UserName };
  await Promise.all(
    [
      root.iam.send(new ResyncMFADeviceCommand(foreign)),
      root.iam.send(new DeactivateMFADeviceCommand(foreign)),
    ].map((call) =>
      expect(call).rejects.toMatchObject({
        name: 'NoSuchEntityException',
        message: 'MFA Device invalid for user.',
      }),
    ),
  );
  const { sts } = clientsOf(strongroom, other.credentials);
  await expect(one.session(one.code(1), sts)).rejects.toMatchObject(refused(LOCKED));
});
