import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { refuse } from '../refusals.js';
import { KeyIdRef } from '../shapes.js';
import { GrantId } from './grant-shapes.js';
import { checkGrantId } from './grants.js';

export const revokeGrant = defineOperation({
  name: 'RevokeGrant',
  summary: 'Ends a grant: what it allowed is no longer allowed.',
  input: Type.Object({ KeyId: KeyIdRef, GrantId, DryRun: Type.Optional(Type.Boolean()) }),
  output: 'nothing',
  route: { method: 'DELETE', path: '/keys/{KeyId}/grants/{GrantId}' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:RevokeGrant',
        idForms: 'key',
        member: 'KeyId',
        state: 'any',
      },
    ],
    crossAccount: true,
    grants: false,
  },
  readOnly: false,
  errors: [
    'NotFoundException',
    'DependencyTimeoutException',
    'InvalidArnException',
    'InvalidGrantIdException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'DryRunOperationException',
  ],
  audit: { request: ['KeyId', 'GrantId', 'DryRun'], response: 'keyId' },
  async check({ input, keys: { key } }, { grants }) {
    checkGrantId(input.GrantId);
    const found = await grants.find({ ...key, grantId: input.GrantId });
    if (!found) throw refuse.grantNotFound(input.GrantId);
  },
  async run({ input, keys: { key } }, { grants }) {
    const gone = await grants.delete({ ...key, grantId: input.GrantId });
    if (!gone) throw refuse.grantNotFound(input.GrantId);
    return {};
  },
});
