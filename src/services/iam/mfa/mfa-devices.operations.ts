/** Virtual MFA devices, of users and of the root user. Source: IAM API Reference. */

import { toBuffer } from 'qrcode';
import { Type } from 'typebox';
import { Blob } from '../../../declare/shape-kinds.js';
import { base32 } from '../credentials/access-key.js';
import { entityArn } from '../directory/arns.js';
import { requireDevice } from '../directory/by-arn.js';
import type { DirectoryTransaction } from '../directory/directory.js';
import type { MfaDevice } from '../directory/entities.js';
import { checkNew } from '../directory/entity-rules.js';
import { Path, SerialNumber, Tags, UserName } from '../directory/shapes.js';
import { requestTags, withTags } from '../directory/tags.js';
import { actsOn, makes, withTagging } from '../entities/access.js';
import { onEntity } from '../entities/on-entity.js';
import { tagOperations } from '../entities/tags.operations.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { holderOf, requireHolder } from './mfa-holder.js';
import { mfaViews } from './mfa-views.operations.js';

/** As AWS's: 320 bits are 64 base32 characters. */
const SEED_BYTES = 40;

const Code = Type.String({ minLength: 6, maxLength: 6, pattern: '^[\\d]+$', sensitive: true });
const DeviceName = Type.String({ minLength: 1, maxLength: 226, pattern: '^[\\w+=,.@-]+$' });

const wrongCode = () =>
  iamError('InvalidAuthenticationCode', 'Authentication code for device is not valid.');

const createVirtualMfaDevice = defineIamOperation({
  service: 'iam',
  name: 'CreateVirtualMFADevice',
  summary: 'Makes a virtual MFA device; its seed is shown this once.',
  input: Type.Object({
    Path: Type.Optional(Path),
    VirtualMFADeviceName: DeviceName,
    Tags: Type.Optional(Tags),
  }),
  output: Type.Object({
    VirtualMFADevice: Type.Object({
      SerialNumber,
      Base32StringSeed: Blob(64, 64, { sensitive: true }),
      QRCodePNG: Blob(1, 65_536, { sensitive: true }),
      Tags: Type.Optional(Tags),
    }),
  }),
  access: {
    ...makes('mfa-device', 'VirtualMFADeviceName'),
    ...withTagging('iam:TagMFADevice'),
    conditions: (input) => ({ tags: requestTags(input.Tags) }),
  },
  readOnly: false,
  audit: {
    request: ['Path', 'VirtualMFADeviceName', 'Tags'],
    response: ['VirtualMFADevice.SerialNumber'],
  },
  async run(
    { input, scope: { accountId, partition } },
    {
      directory,
      mfaCodes,
      wallClock,
      randomBytes,
    }: Uses<'directory' | 'mfaCodes' | 'wallClock' | 'randomBytes'>,
  ) {
    const { Path: path = '/', VirtualMFADeviceName: name } = input;
    const serialNumber = entityArn(partition, { kind: 'mfa-device', accountId, path, name });
    const seed = randomBytes(SEED_BYTES);
    const text = base32(seed);
    const sealedSeed = await mfaCodes.seal(serialNumber, seed);
    seed.fill(0);
    await directory.change(async (transaction) => {
      if (await transaction.find('mfa-device', accountId, name)) {
        throw iamError('EntityAlreadyExists', 'MFA device already exists.');
      }
      await checkNew(transaction, 'mfa-device', accountId, name);
      await transaction.put({
        kind: 'mfa-device',
        accountId,
        uniqueId: serialNumber,
        name,
        path,
        createdAt: new Date(wallClock()),
        tags: withTags('mfa-device', {}, input.Tags),
        sealedSeed,
      });
    });
    const url = `otpauth://totp/Strongroom:${encodeURIComponent(name)}@${accountId}?secret=${text}&issuer=Strongroom`;
    return {
      VirtualMFADevice: {
        SerialNumber: serialNumber,
        Base32StringSeed: Buffer.from(text, 'ascii'),
        QRCodePNG: await toBuffer(url),
        ...(input.Tags && { Tags: input.Tags }),
      },
    };
  },
});

const pairInput = { AuthenticationCode1: Code, AuthenticationCode2: Code };
const codesOf = (input: { AuthenticationCode1: string; AuthenticationCode2: string }) =>
  [input.AuthenticationCode1, input.AuthenticationCode2] as const;

const notTheUsers = () => iamError('NoSuchEntity', 'MFA Device invalid for user.');

/** @throws ServiceError EntityAlreadyExists */
function requireUnused(
  { enabledFor }: MfaDevice,
  holder: string,
  userName: string | undefined,
): void {
  if (enabledFor === undefined) return;
  throw iamError(
    'EntityAlreadyExists',
    enabledFor === holder && userName !== undefined
      ? `MFA Device for user ${userName} already exists.`
      : 'MFA Device is already in use.',
  );
}

const enableMfaDevice = defineIamOperation({
  service: 'iam',
  name: 'EnableMFADevice',
  summary: 'Gives a device to a user, who proves to hold it by two codes in a row.',
  input: Type.Object({ UserName: Type.Optional(UserName), SerialNumber, ...pairInput }),
  output: 'nothing',
  access: actsOn('user', 'UserName'),
  readOnly: false,
  audit: { request: ['UserName', 'SerialNumber'], response: null },
  async run(
    { input, caller, scope },
    { directory, mfaCodes, wallClock }: Uses<'directory' | 'mfaCodes' | 'wallClock'>,
  ) {
    const enabledFor = await holderOf(input, caller, directory);
    const device = await requireDevice(directory, scope, input.SerialNumber);
    const { UserName: userName } = input;
    requireUnused(device, enabledFor, userName);
    const enabled = async (fresh: MfaDevice, transaction: DirectoryTransaction) => {
      requireUnused(fresh, enabledFor, userName);
      await requireHolder(transaction, scope.accountId, enabledFor);
      return { ...fresh, enabledFor, enabledAt: wallClock() };
    };
    if (!(await mfaCodes.synchronize(device, codesOf(input), enabled))) throw wrongCode();
    return {};
  },
});

const resyncMfaDevice = defineIamOperation({
  service: 'iam',
  name: 'ResyncMFADevice',
  summary: 'Accepts two codes in a row.',
  input: Type.Object({ UserName: Type.Optional(UserName), SerialNumber, ...pairInput }),
  output: 'nothing',
  access: actsOn('user', 'UserName'),
  readOnly: false,
  audit: { request: ['UserName', 'SerialNumber'], response: null },
  async run({ input, caller, scope }, { directory, mfaCodes }: Uses<'directory' | 'mfaCodes'>) {
    const holder = await holderOf(input, caller, directory);
    const device = await requireDevice(directory, scope, input.SerialNumber);
    const requireTheirs = (each: MfaDevice) => {
      if (each.enabledFor !== holder) throw notTheUsers();
      return each;
    };
    requireTheirs(device);
    if (!(await mfaCodes.synchronize(device, codesOf(input), requireTheirs))) throw wrongCode();
    return {};
  },
});

const deactivateMfaDevice = defineIamOperation({
  service: 'iam',
  name: 'DeactivateMFADevice',
  summary: 'Takes a device from its user.',
  input: Type.Object({ UserName: Type.Optional(UserName), SerialNumber }),
  output: 'nothing',
  access: actsOn('user', 'UserName'),
  readOnly: false,
  audit: { request: ['UserName', 'SerialNumber'], response: null },
  async run({ input, caller, scope }, { directory }: Uses<'directory'>) {
    const holder = await holderOf(input, caller, directory);
    await directory.change(async (transaction) => {
      const device = await requireDevice(transaction, scope, input.SerialNumber);
      if (device.enabledFor !== holder) {
        throw notTheUsers();
      }
      const { enabledFor: _holder, enabledAt: _since, ...rest } = device;
      await transaction.put(rest);
    });
    return {};
  },
});

const deleteVirtualMfaDevice = onEntity('mfa-device', 'DeleteVirtualMFADevice', {
  summary: 'Deletes a device that nobody has.',
  output: 'nothing',
  async run({ name: serialNumber, scope }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const device = await requireDevice(transaction, scope, serialNumber);
      if (device.enabledFor !== undefined) {
        throw iamError('DeleteConflict', 'MFA VirtualDevice in use. Must deactivate first.');
      }
      await transaction.remove(device);
    });
    return {};
  },
});

export const mfaOperations: readonly IamOperation[] = [
  createVirtualMfaDevice,
  enableMfaDevice,
  resyncMfaDevice,
  deactivateMfaDevice,
  deleteVirtualMfaDevice,
  ...mfaViews,
  ...tagOperations('mfa-device'),
];
