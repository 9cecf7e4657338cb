/** The list of aliases. Source: AWS KMS API Reference, ListAliases. */

import { Type } from 'typebox';
import { Timestamp } from '../../../declare/shape-kinds.js';
import { aliasArn } from '../keys/key-id.js';
import { defineOperation } from '../operation.js';
import { readPage, requireLimit } from '../paging.js';
import { AliasName, KeyIdRef, Limit, Marker, pageMembers } from '../shapes.js';
import type { AliasRepository } from './alias-repository.js';

interface ListPorts {
  readonly aliases: Pick<AliasRepository, 'list'>;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

export const listAliases = defineOperation({
  name: 'ListAliases',
  summary: 'Lists the aliases of the account in this Region, or of one key.',
  input: Type.Object({
    KeyId: Type.Optional(KeyIdRef),
    Limit: Type.Optional(Limit),
    Marker: Type.Optional(Marker),
  }),
  output: Type.Object({
    Aliases: Type.Array(
      Type.Object({
        AliasName,
        AliasArn: Type.String(),
        TargetKeyId: KeyIdRef,
        CreationDate: Timestamp,
        LastUpdatedDate: Timestamp,
      }),
    ),
    ...pageMembers,
  }),
  route: { method: 'GET', path: '/aliases' },
  validate: (input) => requireLimit(input, MAX_LIMIT),
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:ListAliases',
        idForms: 'key',
        member: 'KeyId',
        state: 'any',
        optional: true,
      },
    ],
    action: 'kms:ListAliases',
    crossAccount: false,
    grants: false,
    withoutCallerAccount: true,
  },
  readOnly: true,
  errors: [
    'DependencyTimeoutException',
    'InvalidMarkerException',
    'KMSInternalException',
    'InvalidArnException',
    'NotFoundException',
  ],
  audit: { request: ['KeyId', 'Limit', 'Marker'], response: null },
  async run({ input, scope, keys: { key } }, { aliases }: ListPorts) {
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      (after, limit) => aliases.list(scope, key?.keyId, after, limit),
      (alias) => alias.name,
    );
    const entries = items.map((alias) => ({
      AliasName: alias.name,
      AliasArn: aliasArn(scope, alias.name),
      TargetKeyId: alias.keyId,
      CreationDate: alias.createdAt,
      LastUpdatedDate: alias.updatedAt,
    }));
    return { Aliases: entries, ...page };
  },
});
