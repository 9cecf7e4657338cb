import { Type } from 'typebox';
import { defineQueryOperation } from '../../../declare/query-operation.js';
import { Output } from '../directory/shapes.js';

export const getCallerIdentity = defineQueryOperation({
  service: 'sts',
  name: 'GetCallerIdentity',
  summary: 'Says who calls.',
  input: Type.Object({}),
  output: Output,
  // Needs no permission, and none can be denied.
  access: { by: 'signature' },
  readOnly: true,
  audit: { request: [], response: null },
  async run({ caller: { userId, accountId, arn } }) {
    return { UserId: userId, Account: accountId, Arn: arn };
  },
});
