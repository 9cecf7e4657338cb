import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { KeyIdRef, Tags } from '../shapes.js';
import { checkTagCount, checkTags, tagMap } from './tags.js';

export const tagResource = defineOperation({
  name: 'TagResource',
  summary: 'Adds tags to a KMS key, or replaces the values of those it has.',
  input: Type.Object({ KeyId: KeyIdRef, Tags }),
  output: 'nothing',
  route: { method: 'POST', path: '/keys/{KeyId}/tags' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:TagResource',
        idForms: 'key',
        member: 'KeyId',
        state: 'edit',
        conditions: (input) => ({ tags: tagMap(input.Tags) }),
      },
    ],
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'KMSInternalException',
    'NotFoundException',
    'InvalidArnException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'TagException',
  ],
  audit: { request: ['KeyId', 'Tags'], response: 'keyId' },
  async run({ input, keys: { key } }, { keys }) {
    checkTags(input.Tags);
    await keys.putTags(key, input.Tags, checkTagCount);
    return {};
  },
});
