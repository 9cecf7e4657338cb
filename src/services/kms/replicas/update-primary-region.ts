import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import { KeyIdRef, RegionName } from '../shapes.js';
import { updatePrimaryRegion as update } from './replication.js';

export const updatePrimaryRegion = defineOperation({
  name: 'UpdatePrimaryRegion',
  summary: 'Makes a replica the primary key of its multi-Region keys.',
  input: Type.Object({ KeyId: KeyIdRef, PrimaryRegion: RegionName }),
  output: 'nothing',
  route: { method: 'POST', path: '/keys/{KeyId}/primary-region' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:UpdatePrimaryRegion',
        idForms: 'key',
        member: 'KeyId',
        state: 'updatePrimary',
        conditions: (input) => ({ members: { 'kms:primaryregion': input.PrimaryRegion } }),
      },
    ],
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'DisabledException',
    'InvalidArnException',
    'KMSInvalidStateException',
    'KMSInternalException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  audit: {
    request: ['KeyId', 'PrimaryRegion'],
    response: 'keyId',
  },
  elsewhere: (input) => ({
    operation: 'UpdatePrimaryRegion',
    region: String(input.PrimaryRegion),
    request: { keyId: input.KeyId, primaryRegion: input.PrimaryRegion },
  }),
  async run(call, services) {
    await update(call.keys.key, call.input.PrimaryRegion, call, services);
    return {};
  },
});
