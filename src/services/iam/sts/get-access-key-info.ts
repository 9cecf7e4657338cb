import { Type } from 'typebox';
import { AccessKeyId, Output } from '../directory/shapes.js';
import { defineIamOperation } from '../operation.js';

export const getAccessKeyInfo = defineIamOperation({
  service: 'sts',
  name: 'GetAccessKeyInfo',
  summary: 'Says which account a long-term access key belongs to.',
  input: Type.Object({ AccessKeyId }),
  output: Output,
  access: { by: 'identity', resource: () => '*' },
  readOnly: true,
  audit: { request: ['AccessKeyId'], response: null },
  async run({ input }, { accessKeys }) {
    return { Account: (await accessKeys.describe(input.AccessKeyId)).accountId };
  },
});
