/** Taking up keys that are in a token already. Strongroom's own. */
import { Type } from 'typebox';
import type { CreationPorts } from '../keys/creation.js';
import { keyMetadata } from '../keys/metadata.js';
import type { NewKeyLimits } from '../keys/new-key.js';
import { checkTags, tagMap } from '../keys/tags.js';
import { defineOperation } from '../operation.js';
import { checkKeyPolicy } from '../policies/policy.js';
import { CustomKeyStoreId, Description, KeyMetadata, KeyUsage, Policy, Tags } from '../shapes.js';
import { adoptKey as adopt } from './adopt-key.js';
import { keyNameOf } from './key-name.js';

export const adoptKey = defineOperation({
  name: 'AdoptKey',
  summary: 'Makes a key that is in the token of a custom key store already a KMS key.',
  input: Type.Object({
    CustomKeyStoreId,
    ObjectId: Type.Optional(
      Type.String({ minLength: 2, maxLength: 510, pattern: '^([0-9a-fA-F]{2})+$' }),
    ),
    ObjectLabel: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    ObjectUri: Type.Optional(Type.String({ minLength: 8, maxLength: 2048 })),
    KeyUsage: Type.Optional(KeyUsage),
    DestroyOnDeletion: Type.Optional(Type.Boolean()),
    Policy: Type.Optional(Policy),
    Description: Type.Optional(Description),
    BypassPolicyLockoutSafetyCheck: Type.Optional(Type.Boolean()),
    Tags: Type.Optional(Tags),
  }),
  output: Type.Object({ KeyMetadata }),
  route: { method: 'POST', path: '/custom-key-stores/{CustomKeyStoreId}/adopt' },
  restOnly: true,
  access: {
    keys: [],
    action: 'kms:AdoptKey',
    conditions: ({ Tags: tags, BypassPolicyLockoutSafetyCheck: bypass }) => ({
      members: { 'kms:bypasspolicylockoutsafetycheck': bypass?.toString() },
      tags: tagMap(tags),
    }),
    alsoNeeds: (input) => (input.Tags?.length ? [{ action: 'kms:TagResource' }] : []),
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'AlreadyExistsException',
    'CustomKeyStoreInvalidStateException',
    'CustomKeyStoreNotFoundException',
    'DependencyTimeoutException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'NotFoundException',
    'TagException',
    'UnsupportedOperationException',
  ],
  audit: {
    request: [
      'CustomKeyStoreId',
      'ObjectId',
      'ObjectLabel',
      'ObjectUri',
      'KeyUsage',
      'DestroyOnDeletion',
      'Policy',
      'Description',
      'BypassPolicyLockoutSafetyCheck',
      'Tags',
    ],
    response: ['KeyMetadata'],
  },
  validate: (input) => {
    keyNameOf(input);
  },
  async run(call, ports: CreationPorts & NewKeyLimits) {
    const { input, scope } = call;
    if (input.Policy !== undefined) checkKeyPolicy(input.Policy, scope.partition, ports.quotas);
    checkTags(input.Tags ?? []);
    const wanted = {
      customKeyStoreId: input.CustomKeyStoreId,
      name: keyNameOf(input),
      keyUsage: input.KeyUsage,
      destroyOnDeletion: input.DestroyOnDeletion ?? false,
      description: input.Description ?? '',
      policy: input.Policy,
      bypassLockoutCheck: input.BypassPolicyLockoutSafetyCheck ?? false,
      tags: input.Tags ?? [],
    };
    const key = await adopt(wanted, call, ports);
    return { KeyMetadata: keyMetadata(key, ports.keyStores.stateOf(key)) };
  },
});
