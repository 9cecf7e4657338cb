/** Names for keys. Source: AWS KMS API Reference; shared reference, lifecycle.md §5. */

import { Type } from 'typebox';
import { isAsymmetric } from '../../../crypto/algorithms.js';
import type { Scope } from '../../../kernel/scope.js';
import { type ChangePorts, stillAllows } from '../keys/change-key.js';
import { aliasArn } from '../keys/key-id.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { AliasName, KeyIdRef } from '../shapes.js';
import { checkAliasName, wordAlias } from './alias.js';
import type { AliasRepository } from './alias-repository.js';

interface AliasPorts {
  readonly aliases: AliasRepository;
}

/** A key that is to get an alias must still be one that may. */
type AliasChangePorts = AliasPorts & Pick<ChangePorts, 'keyStores'>;

/** What is true of every operation that changes an alias. */
const everyChange = {
  output: 'nothing',
  readOnly: false,
  errors: [
    'DependencyTimeoutException',
    'NotFoundException',
    'KMSInternalException',
    'KMSInvalidStateException',
  ],
} as const;

/** Identity policies must allow it on the alias besides. */
const onAlias = { alias: 'AliasName', crossAccount: false, grants: false } as const;

/** @throws ServiceError what became of a change of this alias, in the words of AWS */
async function worded(scope: Scope, name: string, change: Promise<void>): Promise<void> {
  await change.catch((error: unknown) => {
    throw wordAlias(error, aliasArn(scope, name));
  });
}

export const createAlias = defineOperation({
  ...everyChange,
  name: 'CreateAlias',
  summary: 'Gives a KMS key a name.',
  input: Type.Object({ AliasName, TargetKeyId: KeyIdRef }),
  route: { method: 'POST', path: '/aliases' },
  validate: (input) => {
    checkAliasName(input.AliasName);
    if (input.TargetKeyId.startsWith('alias/')) {
      throw refuse.validation('Aliases must refer to keys. Not aliases');
    }
  },
  access: {
    ...onAlias,
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
  },
  errors: [
    ...everyChange.errors,
    'AlreadyExistsException',
    'InvalidAliasNameException',
    'LimitExceededException',
  ],
  audit: { request: ['AliasName', 'TargetKeyId'], response: 'keyId' },
  async run({ input: { AliasName: name }, scope, keys: { key } }, ports: AliasChangePorts) {
    const { aliases } = ports;
    await worded(scope, name, aliases.create(scope, name, key, stillAllows('edit', ports)));
    return {};
  },
});

export const updateAlias = defineOperation({
  ...everyChange,
  name: 'UpdateAlias',
  summary: 'Points an alias to another KMS key of the same type and usage.',
  input: Type.Object({ AliasName, TargetKeyId: KeyIdRef }),
  route: { method: 'PUT', path: '/aliases/{AliasName}' },
  validate: (input) => checkAliasName(input.AliasName),
  access: {
    ...onAlias,
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
  },
  errors: [...everyChange.errors, 'LimitExceededException'],
  audit: { request: ['AliasName', 'TargetKeyId'], response: 'keyId' },
  async run({ input, scope, keys: { current, target } }, ports: AliasChangePorts) {
    const { AliasName: name } = input;
    if (
      current.keyUsage !== target.keyUsage ||
      isAsymmetric(current.keySpec) !== isAsymmetric(target.keySpec)
    ) {
      throw refuse.validation(
        `Alias ${name} refers to a key with usage ${current.keyUsage} and spec ${current.keySpec} and cannot refer to one with usage ${target.keyUsage} and spec ${target.keySpec}.`,
      );
    }
    const decide = stillAllows('edit', ports);
    const move = { from: current.keyId, to: target };
    await worded(scope, name, ports.aliases.retarget(scope, name, move, decide));
    return {};
  },
});

export const deleteAlias = defineOperation({
  ...everyChange,
  name: 'DeleteAlias',
  summary: 'Removes an alias; the key behind it is untouched.',
  input: Type.Object({ AliasName }),
  route: { method: 'DELETE', path: '/aliases/{AliasName}' },
  validate: (input) => checkAliasName(input.AliasName),
  access: {
    ...onAlias,
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
  },
  audit: { request: ['AliasName'], response: 'keyId' },
  async run({ input: { AliasName: name }, scope, keys: { key } }, { aliases }: AliasPorts) {
    await worded(scope, name, aliases.delete(scope, name, key.keyId));
    return {};
  },
});
