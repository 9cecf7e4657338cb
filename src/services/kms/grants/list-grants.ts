import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { readPage, requireLimit } from '../paging.js';
import { KeyIdRef, Limit, Marker, pageMembers } from '../shapes.js';
import {
  GrantId,
  GrantListEntry,
  GrantPrincipalName,
  ServicePrincipalName,
} from './grant-shapes.js';
import { checkGrantId, grantListEntry } from './grants.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

export const listGrants = defineOperation({
  name: 'ListGrants',
  summary: 'Lists the grants of a KMS key.',
  input: Type.Object({
    Limit: Type.Optional(Limit),
    Marker: Type.Optional(Marker),
    KeyId: KeyIdRef,
    GrantId: Type.Optional(GrantId),
    GranteePrincipal: Type.Optional(GrantPrincipalName),
    GranteeServicePrincipal: Type.Optional(ServicePrincipalName),
  }),
  output: Type.Object({ Grants: Type.Array(GrantListEntry), ...pageMembers }),
  route: { method: 'GET', path: '/keys/{KeyId}/grants' },
  validate: (input) => requireLimit(input, MAX_LIMIT),
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:ListGrants',
        idForms: 'key',
        member: 'KeyId',
        state: 'any',
      },
    ],
    crossAccount: true,
    grants: false,
  },
  readOnly: true,
  errors: [
    'NotFoundException',
    'DependencyTimeoutException',
    'InvalidMarkerException',
    'InvalidGrantIdException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
  ],
  audit: {
    request: ['KeyId', 'Limit', 'Marker', 'GrantId', 'GranteePrincipal', 'GranteeServicePrincipal'],
    response: null,
  },
  async run({ input, keys: { key }, scope }, { grants, principals }) {
    if (input.GrantId !== undefined) checkGrantId(input.GrantId);
    const filter = {
      grantId: input.GrantId,
      grantee: input.GranteePrincipal ?? input.GranteeServicePrincipal,
    };
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      (after, limit) => grants.list(key, filter, after, limit),
      (grant) => grant.grantId,
    );
    const entries = items.map((grant) => grantListEntry(grant, scope.partition, principals));
    return { Grants: await Promise.all(entries), ...page };
  },
});
