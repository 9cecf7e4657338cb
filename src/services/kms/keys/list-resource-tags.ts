import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { readPage, requireLimit } from '../paging.js';
import { KeyIdRef, Limit, Marker, pageMembers, Tags } from '../shapes.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 50;

export const listResourceTags = defineOperation({
  name: 'ListResourceTags',
  summary: 'Lists the tags of a KMS key.',
  input: Type.Object({
    KeyId: KeyIdRef,
    Limit: Type.Optional(Limit),
    Marker: Type.Optional(Marker),
  }),
  output: Type.Object({ Tags, ...pageMembers }),
  route: { method: 'GET', path: '/keys/{KeyId}/tags' },
  validate: (input) => requireLimit(input, MAX_LIMIT),
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:ListResourceTags',
        idForms: 'key',
        member: 'KeyId',
        state: 'any',
      },
    ],
    crossAccount: false,
    grants: false,
  },
  readOnly: true,
  errors: [
    'KMSInternalException',
    'NotFoundException',
    'InvalidArnException',
    'InvalidMarkerException',
  ],
  audit: { request: ['KeyId', 'Limit', 'Marker'], response: null },
  async run({ input, keys: { key } }, { keys }) {
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      (after, limit) => keys.listTags(key, after, limit),
      (tag) => tag.TagKey,
    );
    return { Tags: [...items], ...page };
  },
});
