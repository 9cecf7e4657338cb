/** Finding keys. Source: AWS KMS API Reference; shared reference, model-2026-11.md §2. */

import { Type } from 'typebox';
import { OneOf } from '../../../declare/shape-kinds.js';
import { defineOperation } from '../operation.js';
import { readPage } from '../paging.js';
import { KeyIdRef, Limit, Marker, pageMembers } from '../shapes.js';
import { keyArn } from './key-id.js';
import type { KeyRepository } from './key-repository.js';

const DEFAULT_LIMIT = 100;
const RESOURCE_OWNERS = ['SELF', 'OTHER_ACCOUNTS_VIA_RAM'] as const;
type ResourceOwner = (typeof RESOURCE_OWNERS)[number];

export const listKeys = defineOperation({
  name: 'ListKeys',
  summary: 'Lists the KMS keys of the account in this Region.',
  input: Type.Object({
    Limit: Type.Optional(Limit),
    Marker: Type.Optional(Marker),
    ResourceOwners: Type.Optional(
      Type.Array(OneOf(RESOURCE_OWNERS), { minItems: 1, maxItems: RESOURCE_OWNERS.length }),
    ),
  }),
  output: Type.Object({
    Keys: Type.Array(Type.Object({ KeyId: KeyIdRef, KeyArn: Type.String() })),
    ...pageMembers,
  }),
  route: { method: 'GET', path: '/keys' },
  access: {
    keys: [],
    action: 'kms:ListKeys',
    crossAccount: false,
    grants: false,
    withoutCallerAccount: true,
  },
  readOnly: true,
  errors: ['DependencyTimeoutException', 'KMSInternalException', 'InvalidMarkerException'],
  audit: { request: ['Limit', 'Marker', 'ResourceOwners'], response: null },
  async run({ input, scope }, { keys }: { readonly keys: KeyRepository }) {
    const owners = ownersOf(input.ResourceOwners);
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      async (after, limit) =>
        owners.has('SELF') ? keys.list(scope.accountId, scope.region, after, limit) : [],
      (keyId) => keyId,
      `${[...owners].join(',')}:`,
    );
    return { Keys: items.map((KeyId) => ({ KeyId, KeyArn: keyArn(scope, KeyId) })), ...page };
  },
});

/** Whose keys are wanted, in the order in which they are listed. Of other accounts nobody shares one. */
function ownersOf(wanted: readonly ResourceOwner[] = ['SELF']): ReadonlySet<ResourceOwner> {
  return new Set(RESOURCE_OWNERS.filter((owner) => wanted.includes(owner)));
}
