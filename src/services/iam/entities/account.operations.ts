/** The account as a whole, and what users have nothing of here. Source: IAM API Reference. */
import { Type } from 'typebox';
import { rootOf } from '../credentials/access-keys.js';
import { requireEntity } from '../directory/entity-rules.js';
import { Nothing, Output, pageInput, UserName } from '../directory/shapes.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import { actsOn, actsOnAccount } from './access.js';

const getAccountSummary = defineIamOperation({
  service: 'iam',
  name: 'GetAccountSummary',
  summary: 'Counts what the account has.',
  input: Nothing,
  output: Output,
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: [], response: null },
  async run({ scope: { accountId } }, { directory, accessKeys }) {
    const devices = await directory.list('mfa-device', accountId);
    const counts = {
      Users: await directory.count('user', accountId),
      Groups: await directory.count('group', accountId),
      Roles: await directory.count('role', accountId),
      Policies: await directory.count('policy', accountId),
      Providers: await directory.count('oidc-provider', accountId),
      MFADevices: devices.length,
      MFADevicesInUse: devices.filter(({ enabledFor }) => enabledFor !== undefined).length,
      AccountMFAEnabled: devices.some(({ enabledFor }) => enabledFor === accountId) ? 1 : 0,
      AccountAccessKeysPresent: (await accessKeys.list(rootOf(accountId))).length > 0 ? 1 : 0,
    };
    const entry = Object.entries(counts).map(([key, value]) => ({ key, value }));
    return { SummaryMap: { entry } };
  },
});

const listAccountAliases = defineIamOperation({
  service: 'iam',
  name: 'ListAccountAliases',
  summary: "Lists the account's alias: it has none here.",
  input: Type.Object(pageInput),
  output: Output,
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: [], response: null },
  async run() {
    return { AccountAliases: [], IsTruncated: false };
  },
});

/** Lists that are always empty here; tools ask for them before they delete a user. */
function emptyList(name: string, member: string): IamOperation {
  return defineIamOperation({
    service: 'iam',
    name,
    summary: 'Lists what users have none of here.',
    input: Type.Object({ UserName, ...pageInput }),
    output: Output,
    access: actsOn('user', 'UserName'),
    readOnly: true,
    audit: { request: ['UserName'], response: null },
    async run({ input, scope: { accountId } }, { directory }) {
      await requireEntity(directory, 'user', accountId, input.UserName);
      return { [member]: [], IsTruncated: false };
    },
  });
}

function noLoginProfile(name: string): IamOperation {
  return defineIamOperation({
    service: 'iam',
    name,
    summary: 'Users have no password here.',
    input: Type.Object({ UserName }),
    output: Output,
    access: actsOn('user', 'UserName'),
    readOnly: name === 'GetLoginProfile',
    audit: { request: ['UserName'], response: null },
    async run({ input }) {
      throw iamError('NoSuchEntity', `Login Profile for User ${input.UserName} cannot be found.`);
    },
  });
}

export const accountOperations: readonly IamOperation[] = [
  getAccountSummary,
  listAccountAliases,
  emptyList('ListSSHPublicKeys', 'SSHPublicKeys'),
  emptyList('ListSigningCertificates', 'Certificates'),
  emptyList('ListServiceSpecificCredentials', 'ServiceSpecificCredentials'),
  noLoginProfile('GetLoginProfile'),
  noLoginProfile('DeleteLoginProfile'),
];
