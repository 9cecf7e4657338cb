/** Virtual MFA devices, of users and of the root user. Source: IAM API Reference. */

import { toBuffer } from 'qrcode';
import { Type } from 'typebox';
import type { Caller } from '../../../authz/model.js';

import { Blob, OneOf, Timestamp } from '../../../declare/shape-kinds.js';

import { base32 } from '../credentials/access-key.js';
import { entityArn } from '../directory/arns.js';
import type { DirectoryReader } from '../directory/directory.js';
import type { MfaDevice } from '../directory/entities.js';
import { checkNew, conflict, requireEntity, userNameOf } from '../directory/entity-rules.js';
import { pageOf } from '../directory/paging.js';
import { Path, pageInput, UserName } from '../directory/shapes.js';
import { Page, User } from '../directory/view-shapes.js';
import { rootView, userView } from '../directory/views.js';
import { actsOn, actsOnAccount, actsOnArn, makes } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';

/** As AWS's: 320 bits are 64 base32 characters. */
const SEED_BYTES = 40;

const SerialNumber = Type.String({ minLength: 9, maxLength: 256, pattern: '^[\\w+=/:,.@-]+$' });
const Code = Type.String({ minLength: 6, maxLength: 6, pattern: '^[\\d]+$', sensitive: true });
const DeviceName = Type.String({ minLength: 1, maxLength: 226, pattern: '^[\\w+=,.@-]+$' });

/** @throws ServiceError NoSuchEntity */
async function requireDevice(
  directory: DirectoryReader,
  accountId: string,
  serialNumber: string,
): Promise<MfaDevice> {
  const found = await directory.findById(serialNumber);
  if (found?.kind === 'mfa-device' && found.accountId === accountId) return found;
  throw iamError(
    'NoSuchEntity',
    `VirtualMFADevice with serial number ${serialNumber} doesn't exist.`,
  );
}

/** The unique id of the user that is meant, or the account's for its root user. */
async function holderOf(
  input: { readonly UserName?: string | undefined },
  caller: Caller,
  directory: DirectoryReader,
): Promise<string> {
  if (input.UserName === undefined && caller.type === 'Account') return caller.accountId;
  const name = userNameOf(input, caller);
  return (await requireEntity(directory, 'user', caller.accountId, name)).uniqueId;
}

const wrongCode = () =>
  iamError('InvalidAuthenticationCode', 'Authentication code for device is not valid.');

const createVirtualMfaDevice = defineIamOperation({
  service: 'iam',
  name: 'CreateVirtualMFADevice',
  summary: 'Makes a virtual MFA device; its seed is shown this once.',
  input: Type.Object({ Path: Type.Optional(Path), VirtualMFADeviceName: DeviceName }),
  output: Type.Object({
    VirtualMFADevice: Type.Object({
      SerialNumber,
      Base32StringSeed: Blob(64, 64, { sensitive: true }),
      QRCodePNG: Blob(1, 65_536, { sensitive: true }),
    }),
  }),
  access: makes('mfa-device', 'VirtualMFADeviceName'),
  readOnly: false,
  audit: { request: ['Path', 'VirtualMFADeviceName'], response: null },
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
        throw iamError(
          'EntityAlreadyExists',
          'MFADevice entity at the same path and name already exists.',
        );
      }
      await checkNew(transaction, 'mfa-device', accountId, name);
      await transaction.put({
        kind: 'mfa-device',
        accountId,
        uniqueId: serialNumber,
        name,
        path,
        createdAt: new Date(wallClock()),
        tags: {},
        sealedSeed,
      });
    });
    const url = `otpauth://totp/Strongroom:${encodeURIComponent(name)}@${accountId}?secret=${text}&issuer=Strongroom`;
    return {
      VirtualMFADevice: {
        SerialNumber: serialNumber,
        Base32StringSeed: Buffer.from(text, 'ascii'),
        QRCodePNG: await toBuffer(url),
      },
    };
  },
});

const pairInput = { AuthenticationCode1: Code, AuthenticationCode2: Code };

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
    { input, caller },
    { directory, mfaCodes, wallClock }: Uses<'directory' | 'mfaCodes' | 'wallClock'>,
  ) {
    const enabledFor = await holderOf(input, caller, directory);
    const device = await requireDevice(directory, caller.accountId, input.SerialNumber);
    if (device.enabledFor !== undefined) {
      throw iamError('EntityAlreadyExists', 'MFA Device is already in use.');
    }
    const codes = [input.AuthenticationCode1, input.AuthenticationCode2];
    const enabled = (fresh: MfaDevice) => ({ ...fresh, enabledFor, enabledAt: wallClock() });
    if (!(await mfaCodes.accept(device, codes, enabled))) throw wrongCode();
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
  async run({ input, caller }, { directory, mfaCodes }: Uses<'directory' | 'mfaCodes'>) {
    const holder = await holderOf(input, caller, directory);
    const device = await requireDevice(directory, caller.accountId, input.SerialNumber);
    const codes = [input.AuthenticationCode1, input.AuthenticationCode2];
    if (device.enabledFor !== holder || !(await mfaCodes.accept(device, codes))) throw wrongCode();
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
  async run({ input, caller }, { directory }: Uses<'directory'>) {
    const holder = await holderOf(input, caller, directory);
    await directory.change(async (transaction) => {
      const device = await requireDevice(transaction, caller.accountId, input.SerialNumber);
      if (device.enabledFor !== holder) {
        throw iamError('NoSuchEntity', `MFA Device invalid for user.`);
      }
      const { enabledFor: _holder, enabledAt: _since, ...rest } = device;
      await transaction.put(rest);
    });
    return {};
  },
});

const deleteVirtualMfaDevice = defineIamOperation({
  service: 'iam',
  name: 'DeleteVirtualMFADevice',
  summary: 'Deletes a device that nobody has.',
  input: Type.Object({ SerialNumber }),
  output: 'nothing',
  access: actsOnArn('SerialNumber'),
  readOnly: false,
  audit: { request: ['SerialNumber'], response: null },
  async run({ input, scope: { accountId } }, { directory }: Uses<'directory'>) {
    await directory.change(async (transaction) => {
      const device = await requireDevice(transaction, accountId, input.SerialNumber);
      if (device.enabledFor !== undefined) throw conflict('must deactivate MFA device first.');
      await transaction.remove(device);
    });
    return {};
  },
});

const listMfaDevices = defineIamOperation({
  service: 'iam',
  name: 'ListMFADevices',
  summary: 'Lists the devices of a user.',
  input: Type.Object({ UserName: Type.Optional(UserName), ...pageInput }),
  output: Page({
    MFADevices: Type.Array(
      Type.Object({ UserName: Type.String(), SerialNumber, EnableDate: Timestamp }),
    ),
  }),
  access: actsOn('user', 'UserName'),
  readOnly: true,
  audit: { request: ['UserName'], response: null },
  async run({ input, caller, scope: { accountId } }, { directory }: Uses<'directory'>) {
    const holder = await holderOf(input, caller, directory);
    const devices = await directory.list('mfa-device', accountId);
    const held = devices.filter(({ enabledFor }) => enabledFor === holder);
    const { items, ...rest } = await pageOf(input, held, ({ uniqueId }) => uniqueId);
    const UserName = input.UserName ?? caller.userName ?? 'root';
    return {
      MFADevices: items.map(({ uniqueId, enabledAt = 0 }) => ({
        UserName,
        SerialNumber: uniqueId,
        EnableDate: new Date(enabledAt),
      })),
      ...rest,
    };
  },
});

const listVirtualMfaDevices = defineIamOperation({
  service: 'iam',
  name: 'ListVirtualMFADevices',
  summary: 'Lists the virtual devices of the account.',
  input: Type.Object({
    AssignmentStatus: Type.Optional(OneOf(['Assigned', 'Unassigned', 'Any'])),
    ...pageInput,
  }),
  output: Page({
    VirtualMFADevices: Type.Array(
      Type.Object({
        SerialNumber,
        User: Type.Optional(User),
        EnableDate: Type.Optional(Timestamp),
      }),
    ),
  }),
  access: actsOnAccount('mfa-device'),
  readOnly: true,
  audit: { request: ['AssignmentStatus'], response: null },
  async run(
    { input, scope: { accountId, partition } },
    { directory, wallClock }: Uses<'directory' | 'wallClock'>,
  ) {
    const { AssignmentStatus: wanted = 'Any' } = input;
    const devices = await directory.list('mfa-device', accountId);
    const shown = devices.filter(
      ({ enabledFor }) =>
        wanted === 'Any' || (enabledFor !== undefined) === (wanted === 'Assigned'),
    );
    const { items, ...rest } = await pageOf(input, shown, ({ uniqueId }) => uniqueId);
    const holderView = async (uniqueId: string | undefined) => {
      if (uniqueId === accountId) return { User: rootView(partition, accountId, wallClock()) };
      const found = uniqueId === undefined ? undefined : await directory.findById(uniqueId);
      return found?.kind === 'user' ? { User: userView(partition, found, false) } : {};
    };
    const views = items.map(async ({ uniqueId, enabledFor, enabledAt }) => ({
      SerialNumber: uniqueId,
      ...(await holderView(enabledFor)),
      ...(enabledAt !== undefined && { EnableDate: new Date(enabledAt) }),
    }));
    return { VirtualMFADevices: await Promise.all(views), ...rest };
  },
});

export const mfaOperations: readonly IamOperation[] = [
  createVirtualMfaDevice,
  enableMfaDevice,
  resyncMfaDevice,
  deactivateMfaDevice,
  deleteVirtualMfaDevice,
  listMfaDevices,
  listVirtualMfaDevices,
];
