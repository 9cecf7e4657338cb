import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { AliasName } from '../shapes.js';
import { checkAliasName } from './alias.js';

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
  async run({ input, scope }, { aliases }) {
    await aliases.delete(scope, input.AliasName);
    return {};
  },
});
