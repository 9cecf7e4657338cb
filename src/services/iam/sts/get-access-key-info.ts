import { Type } from 'typebox';
import { AccessKeyId } from '../directory/shapes.js';
import { defineIamOperation } from '../operation.js';
import type { Uses } from '../ports.js';

export const getAccessKeyInfo = defineIamOperation({
  service: 'sts',
  name: 'GetAccessKeyInfo',
  summary: 'Says which account a long-term access key belongs to.',
  input: Type.Object({ AccessKeyId }),
  output: Type.Object({ Account: Type.String() }),
  access: { by: 'identity', resource: () => '*' },
  readOnly: true,
  audit: { request: ['AccessKeyId'], response: null },
  async run({ input }, { accessKeys }: Uses<'accessKeys'>) {
    return { Account: (await accessKeys.describe(input.AccessKeyId)).accountId };
  },
});
