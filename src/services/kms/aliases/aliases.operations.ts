/** Names for keys. Source: AWS KMS API Reference; shared reference, lifecycle.md §5. */

import { Type } from 'typebox';
import { isAsymmetric } from '../../../crypto/algorithms.js';
import { Timestamp } from '../../../declare/shape-kinds.js';
import { aliasArn } from '../keys/key-id.js';
import { defineOperation } from '../operation.js';
import { readPage, requireLimit } from '../paging.js';
import { refuse } from '../refusals.js';
import { AliasName, KeyIdRef, Limit, Marker, pageMembers } from '../shapes.js';
import { checkAliasName } from './alias.js';
import type { AliasRepository } from './alias-repository.js';

export const createAlias = defineOperation({
  name: 'CreateAlias',
  summary: 'Gives a KMS key a name.',
  input: Type.Object({ AliasName, TargetKeyId: KeyIdRef }),
  output: 'nothing',
  route: { method: 'POST', path: '/aliases' },
  validate: (input) => {
    checkAliasName(input.AliasName);
    if (input.TargetKeyId.startsWith('alias/')) {
      throw refuse.validation('Aliases must refer to keys. Not aliases');
    }
  },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:CreateAlias',
        idForms: 'key',
        member: 'TargetKeyId',
        state: 'edit',
      },
    ],
    action: 'kms:CreateAlias',
    alias: 'AliasName',
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'DependencyTimeoutException',
    'AlreadyExistsException',
    'NotFoundException',
    'InvalidAliasNameException',
    'KMSInternalException',
    'LimitExceededException',
    'KMSInvalidStateException',
  ],
  audit: { request: ['AliasName', 'TargetKeyId'], response: 'keyId' },
  async run({ input, scope, keys: { key } }, { aliases }: { readonly aliases: AliasRepository }) {
    await aliases.create(scope, input.AliasName, key);
    return {};
  },
});

export const updateAlias = defineOperation({
  name: 'UpdateAlias',
  summary: 'Points an alias to another KMS key of the same type and usage.',
  input: Type.Object({ AliasName, TargetKeyId: KeyIdRef }),
  output: 'nothing',
  route: { method: 'PUT', path: '/aliases/{AliasName}' },
  validate: (input) => checkAliasName(input.AliasName),
  access: {
    keys: [
      {
        role: 'current',
        action: 'kms:UpdateAlias',
        idForms: 'any',
        member: 'AliasName',
        state: 'any',
      },
      {
        role: 'target',
        action: 'kms:UpdateAlias',
        idForms: 'key',
        member: 'TargetKeyId',
        state: 'edit',
      },
    ],
    action: 'kms:UpdateAlias',
    alias: 'AliasName',
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'DependencyTimeoutException',
    'NotFoundException',
    'KMSInternalException',
    'LimitExceededException',
    'KMSInvalidStateException',
  ],
  audit: { request: ['AliasName', 'TargetKeyId'], response: 'keyId' },
  async run(
    { input, scope, keys: { current, target } },
    { aliases }: { readonly aliases: AliasRepository },
  ) {
    if (
      current.keyUsage !== target.keyUsage ||
      isAsymmetric(current.keySpec) !== isAsymmetric(target.keySpec)
    ) {
      throw refuse.validation(
        `Alias ${input.AliasName} refers to a key with usage ${current.keyUsage} and spec ${current.keySpec} and cannot refer to one with usage ${target.keyUsage} and spec ${target.keySpec}.`,
      );
    }
    await aliases.retarget(scope, input.AliasName, target);
    return {};
  },
});

export const deleteAlias = defineOperation({
  name: 'DeleteAlias',
  summary: 'Removes an alias; the key behind it is untouched.',
  input: Type.Object({ AliasName }),
  output: 'nothing',
  route: { method: 'DELETE', path: '/aliases/{AliasName}' },
  validate: (input) => checkAliasName(input.AliasName),
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:DeleteAlias',
        idForms: 'any',
        member: 'AliasName',
        state: 'any',
      },
    ],
    action: 'kms:DeleteAlias',
    alias: 'AliasName',
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'DependencyTimeoutException',
    'NotFoundException',
    'KMSInternalException',
    'KMSInvalidStateException',
  ],
  audit: { request: ['AliasName'], response: 'keyId' },
  async run({ input, scope }, { aliases }: { readonly aliases: AliasRepository }) {
    await aliases.delete(scope, input.AliasName);
    return {};
  },
});

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
  async run({ input, scope, keys: { key } }, { aliases }: { readonly aliases: AliasRepository }) {
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
