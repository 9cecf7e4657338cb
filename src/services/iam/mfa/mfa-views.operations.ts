/** MFA devices as they are shown. Source: IAM API Reference. */
import { Type } from 'typebox';
import { OneOf, Timestamp } from '../../../declare/shape-kinds.js';
import { requireDevice } from '../directory/by-arn.js';
import { pageOf } from '../directory/paging.js';
import { pageInput, SerialNumber, UserName } from '../directory/shapes.js';
import { Page, User } from '../directory/view-shapes.js';
import { rootView, userView } from '../directory/views.js';
import { actsOn, actsOnAccount } from '../entities/access.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { holderOf } from './mfa-holder.js';

const getMfaDevice = defineIamOperation({
  service: 'iam',
  name: 'GetMFADevice',
  summary: 'Describes a FIDO device of a user, which virtual ones are not.',
  input: Type.Object({ SerialNumber, UserName: Type.Optional(UserName) }),
  output: Type.Object({
    UserName: Type.Optional(Type.String()),
    SerialNumber,
    EnableDate: Type.Optional(Timestamp),
    Certifications: Type.Optional(Type.Record(Type.String(), Type.String())),
  }),
  access: actsOn('user', 'UserName'),
  readOnly: true,
  audit: { request: ['SerialNumber', 'UserName'], response: null },
  async run({ input, caller, scope }, { directory }: Uses<'directory'>) {
    const holder = await holderOf(input, caller, directory);
    const { enabledFor } = await requireDevice(directory, scope, input.SerialNumber);
    if (enabledFor !== holder) throw iamError('NoSuchEntity', 'MFA Device invalid for user.');
    throw iamError('ValidationError', 'Virtual MFA devices are not supported by this operation.');
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

export const mfaViews: readonly IamOperation[] = [
  getMfaDevice,
  listMfaDevices,
  listVirtualMfaDevices,
];
