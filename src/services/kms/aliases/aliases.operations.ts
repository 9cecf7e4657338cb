/** Names for keys. Source: AWS KMS API Reference; shared reference, lifecycle.md §5. */

import { Type } from 'typebox';
import { isAsymmetric } from '../../../crypto/algorithms.js';
import type { Scope } from '../../../kernel/scope.js';
import { aliasArn } from '../keys/key-id.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { AliasName, KeyIdRef } from '../shapes.js';
import { checkAliasName, wordAlias } from './alias.js';
import type { AliasRepository } from './alias-repository.js';

interface AliasPorts {
  readonly aliases: AliasRepository;
}

/** @throws ServiceError what became of a change of this alias, in the words of AWS */
async function worded(scope: Scope, name: string, change: Promise<void>): Promise<void> {
  await change.catch((error: unknown) => {
    throw wordAlias(error, aliasArn(scope, name));
  });
}

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
  async run({ input: { AliasName: name }, scope, keys: { key } }, { aliases }: AliasPorts) {
    await worded(scope, name, aliases.create(scope, name, key));
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
  async run({ input, scope, keys: { current, target } }, { aliases }: AliasPorts) {
    const { AliasName: name } = input;
    if (
      current.keyUsage !== target.keyUsage ||
      isAsymmetric(current.keySpec) !== isAsymmetric(target.keySpec)
    ) {
      throw refuse.validation(
        `Alias ${name} refers to a key with usage ${current.keyUsage} and spec ${current.keySpec} and cannot refer to one with usage ${target.keyUsage} and spec ${target.keySpec}.`,
      );
    }
    await worded(scope, name, aliases.retarget(scope, name, target));
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
  async run({ input: { AliasName: name }, scope }, { aliases }: AliasPorts) {
    await worded(scope, name, aliases.delete(scope, name));
    return {};
  },
});
