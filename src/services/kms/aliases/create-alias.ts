import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { AliasName, KeyIdRef } from '../shapes.js';
import { checkAliasName } from './alias.js';

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
  async run({ input, scope, keys: { key } }, { aliases }) {
    await aliases.create(scope, input.AliasName, key);
    return {};
  },
});
