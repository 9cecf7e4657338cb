import { Type } from 'typebox';
import { defineIamOperation } from '../operation.js';

export const getCallerIdentity = defineIamOperation({
  service: 'sts',
  name: 'GetCallerIdentity',
  summary: 'Says who calls.',
  input: Type.Object({}),
  output: Type.Object({ UserId: Type.String(), Account: Type.String(), Arn: Type.String() }),
  // Needs no permission, and none can be denied.
  access: { by: 'signature' },
  readOnly: true,
  audit: { request: [], response: null },
  async run({ caller: { userId, accountId, arn } }) {
    return { UserId: userId, Account: accountId, Arn: arn };
  },
});
