/** The account as a whole, and what users have nothing of here. Source: IAM API Reference. */
import { type Static, type TObject, Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import { requireEntity } from '../directory/entity-rules.js';
import { pageInput } from '../directory/shapes.js';
import { NoneHere, Page } from '../directory/view-shapes.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { actsOnAccount } from './access.js';
import { getAccountSummary } from './account-summary.js';
import { onEntity } from './on-entity.js';

const listAccountAliases = defineIamOperation({
  service: 'iam',
  name: 'ListAccountAliases',
  summary: "Lists the account's alias: it has none here.",
  input: Type.Object(pageInput),
  output: Page({ AccountAliases: NoneHere }),
  access: actsOnAccount(undefined),
  readOnly: true,
  audit: { request: [], response: null },
  async run() {
    return { AccountAliases: [], IsTruncated: false };
  },
});

/** Lists that are always empty here; tools ask for them before they delete a user. */
function emptyList<Answer extends TObject>(
  operation: string,
  output: Answer,
  answer: Static<Answer>,
): IamOperation {
  return onEntity('user', operation, {
    summary: 'Lists what users have none of here.',
    members: pageInput,
    output,
    readOnly: true,
    async run({ name, scope: { accountId } }, { directory }: Uses<'directory'>) {
      await requireEntity(directory, 'user', accountId, name);
      return answer;
    },
  });
}

const noLoginProfile = (name: string) =>
  iamError('NoSuchEntity', `Login Profile for User ${name} cannot be found.`);

const getLoginProfile = onEntity('user', 'GetLoginProfile', {
  summary: 'Users have no password here.',
  output: Type.Object({
    LoginProfile: Type.Object({ UserName: Type.String(), CreateDate: Timestamp }),
  }),
  readOnly: true,
  async run({ name }) {
    throw noLoginProfile(name);
  },
});

const deleteLoginProfile = onEntity('user', 'DeleteLoginProfile', {
  summary: 'Users have no password here.',
  output: 'nothing',
  async run({ name }) {
    throw noLoginProfile(name);
  },
});

export const accountOperations: readonly IamOperation[] = [
  getAccountSummary,
  listAccountAliases,
  emptyList('ListSSHPublicKeys', Page({ SSHPublicKeys: NoneHere }), {
    SSHPublicKeys: [],
    IsTruncated: false,
  }),
  emptyList('ListSigningCertificates', Page({ Certificates: NoneHere }), {
    Certificates: [],
    IsTruncated: false,
  }),
  emptyList('ListServiceSpecificCredentials', Page({ ServiceSpecificCredentials: NoneHere }), {
    ServiceSpecificCredentials: [],
    IsTruncated: false,
  }),
  getLoginProfile,
  deleteLoginProfile,
];
