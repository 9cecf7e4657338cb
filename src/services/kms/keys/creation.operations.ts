/** Making keys. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { onKey } from '../on-key.js';
import { defineOperation } from '../operation.js';
import {
  CustomerMasterKeySpec,
  CustomKeyStoreId,
  Description,
  GrantTokens,
  KeyMetadata,
  KeySpec,
  KeyUsage,
  Origin,
  Policy,
  Tags,
} from '../shapes.js';
import type { KeyStores } from '../stores/key-stores.js';
import { type CreationPorts, createKey as create } from './creation.js';
import { keyMetadata } from './metadata.js';
import { checkNewKey, type NewKeyLimits, newKeyConditions } from './new-key.js';

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
  async run(call, ports: CreationPorts & NewKeyLimits) {
    const wanted = checkNewKey(call.input, call.scope.partition, ports);
    const key = await create(wanted, call, ports);
    return { KeyMetadata: keyMetadata(key, ports.keyStores.stateOf(key)) };
  },
});

export const describeKey = onKey('DescribeKey', {
  summary: 'Describes a KMS key.',
  route: 'GET /keys/{KeyId}',
  members: { GrantTokens: Type.Optional(GrantTokens) },
  output: Type.Object({ KeyMetadata }),
  state: 'any',
  keyIds: 'any',
  crossAccount: true,
  grants: true,
  readOnly: true,
  without: ['InvalidGrantTokenException'],
  async run({ key }, { keyStores }: { readonly keyStores: KeyStores }) {
    return { KeyMetadata: keyMetadata(key, keyStores.stateOf(key)) };
  },
});
