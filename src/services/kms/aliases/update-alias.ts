import { Type } from 'typebox';
import { isAsymmetric } from '../../../crypto/algorithms.js';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { AliasName, KeyIdRef } from '../shapes.js';
import { checkAliasName } from './alias.js';

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
  async run({ input, scope, keys: { current, target } }, { aliases }) {
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
