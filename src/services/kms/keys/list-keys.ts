import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { readPage } from '../paging.js';
import { KeyIdRef, Limit, Marker, pageMembers } from '../shapes.js';
import { keyArn } from './key-id.js';

const DEFAULT_LIMIT = 100;

export const listKeys = defineOperation({
  name: 'ListKeys',
  summary: 'Lists the KMS keys of the account in this Region.',
  input: Type.Object({ Limit: Type.Optional(Limit), Marker: Type.Optional(Marker) }),
  output: Type.Object({
    Keys: Type.Array(Type.Object({ KeyId: KeyIdRef, KeyArn: Type.String() })),
    ...pageMembers,
  }),
  route: { method: 'GET', path: '/keys' },
  access: { keys: [], action: 'kms:ListKeys', crossAccount: false, grants: false },
  readOnly: true,
  errors: ['DependencyTimeoutException', 'KMSInternalException', 'InvalidMarkerException'],
  audit: { request: ['Limit', 'Marker'], response: null },
  async run({ input, scope }, { keys }) {
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      (after, limit) => keys.list(scope.accountId, scope.region, after, limit),
      (keyId) => keyId,
    );
    return { Keys: items.map((KeyId) => ({ KeyId, KeyArn: keyArn(scope, KeyId) })), ...page };
  },
});
