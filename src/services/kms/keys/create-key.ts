import { Type } from 'typebox';
import { defineOperation } from '../operation.js';
import {
  CustomerMasterKeySpec,
  CustomKeyStoreId,
  Description,
  KeyMetadata,
  KeySpec,
  KeyUsage,
  Origin,
  Policy,
  Tags,
} from '../shapes.js';
import { createKey as create } from './creation.js';
import { keyMetadata } from './metadata.js';
import { checkNewKey, newKeyConditions } from './new-key.js';

export const createKey = defineOperation({
  name: 'CreateKey',
  summary: 'Makes a KMS key.',
  input: Type.Object({
    Policy: Type.Optional(Policy),
    Description: Type.Optional(Description),
    KeyUsage: Type.Optional(KeyUsage),
    CustomerMasterKeySpec: Type.Optional(CustomerMasterKeySpec),
    KeySpec: Type.Optional(KeySpec),
    Origin: Type.Optional(Origin),
    CustomKeyStoreId: Type.Optional(CustomKeyStoreId),
    BypassPolicyLockoutSafetyCheck: Type.Optional(Type.Boolean()),
    Tags: Type.Optional(Tags),
    MultiRegion: Type.Optional(Type.Boolean()),
    XksKeyId: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, pattern: '^[a-zA-Z0-9-_.]+$' }),
    ),
  }),
  output: Type.Object({ KeyMetadata }),
  route: { method: 'POST', path: '/keys' },
  access: {
    keys: [],
    action: 'kms:CreateKey',
    conditions: newKeyConditions,
    alsoNeeds: (input) => (input.Tags?.length ? [{ action: 'kms:TagResource' }] : []),
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'MalformedPolicyDocumentException',
    'DependencyTimeoutException',
    'InvalidArnException',
    'UnsupportedOperationException',
    'KMSInternalException',
    'LimitExceededException',
    'TagException',
    'CustomKeyStoreNotFoundException',
    'CustomKeyStoreInvalidStateException',
    'CloudHsmClusterInvalidConfigurationException',
  ],
  audit: {
    request: [
      'Policy',
      'Description',
      'KeyUsage',
      'CustomerMasterKeySpec',
      'KeySpec',
      'Origin',
      'CustomKeyStoreId',
      'BypassPolicyLockoutSafetyCheck',
      'Tags',
      'MultiRegion',
    ],
    response: ['KeyMetadata'],
  },
  async run(call, services) {
    const key = await create(checkNewKey(call.input, services.quotas), call, services);
    return { KeyMetadata: keyMetadata(key, services.keyStores.stateOf(key)) };
  },
});
