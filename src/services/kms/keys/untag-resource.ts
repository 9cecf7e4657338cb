import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { KeyIdRef, TagKey } from '../shapes.js';
import { checkTagKeys } from './tags.js';

export const untagResource = defineOperation({
  name: 'UntagResource',
  summary: 'Removes tags from a KMS key; tags that it lacks are ignored.',
  input: Type.Object({ KeyId: KeyIdRef, TagKeys: Type.Array(TagKey) }),
  output: 'nothing',
  route: { method: 'POST', path: '/keys/{KeyId}/untag' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:UntagResource',
        idForms: 'key',
        member: 'KeyId',
        state: 'edit',
        conditions: (input) => ({ tagKeys: input.TagKeys }),
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
    'TagException',
  ],
  audit: { request: ['KeyId', 'TagKeys'], response: 'keyId' },
  async run({ input, keys: { key } }, { keys }) {
    checkTagKeys(input.TagKeys);
    await keys.deleteTags(key, input.TagKeys);
    return {};
  },
});
