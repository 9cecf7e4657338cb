import { Type } from 'typebox';
import { keyMetadata } from '../keys/metadata.js';
import { tagMap } from '../keys/tags.js';
import { defineOperation } from '../operation.js';
import { Description, KeyIdRef, KeyMetadata, Policy, RegionName, Tags } from '../shapes.js';
import { replicateKey as replicate } from './replication.js';

export const replicateKey = defineOperation({
  name: 'ReplicateKey',
  summary: 'Makes a related multi-Region key in another Region.',
  input: Type.Object({
    KeyId: KeyIdRef,
    ReplicaRegion: RegionName,
    Policy: Type.Optional(Policy),
    BypassPolicyLockoutSafetyCheck: Type.Optional(Type.Boolean()),
    Description: Type.Optional(Description),
    Tags: Type.Optional(Tags),
  }),
  output: Type.Object({
    ReplicaKeyMetadata: KeyMetadata,
    ReplicaPolicy: Policy,
    ReplicaTags: Tags,
  }),
  route: { method: 'POST', path: '/keys/{KeyId}/replicas' },
  access: {
    keys: [
      {
        role: 'key',
        action: 'kms:ReplicateKey',
        idForms: 'key',
        member: 'KeyId',
        state: 'replicate',
        conditions: (input) => ({ members: { 'kms:replicaregion': input.ReplicaRegion } }),
      },
    ],
    conditions: (input) => ({
      members: {
        'kms:multiregion': 'true',
        'kms:multiregionkeytype': 'REPLICA',
        'kms:bypasspolicylockoutsafetycheck': input.BypassPolicyLockoutSafetyCheck?.toString(),
      },
      tags: tagMap(input.Tags),
    }),
    alsoNeeds: (input) => [
      { action: 'kms:CreateKey', region: input.ReplicaRegion },
      ...(input.Tags?.length
        ? [{ action: 'kms:TagResource' as const, region: input.ReplicaRegion }]
        : []),
    ],
    crossAccount: false,
    grants: false,
  },
  readOnly: false,
  errors: [
    'AlreadyExistsException',
    'DisabledException',
    'InvalidArnException',
    'KMSInvalidStateException',
    'KMSInternalException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'NotFoundException',
    'TagException',
    'UnsupportedOperationException',
  ],
  audit: {
    request: [
      'KeyId',
      'ReplicaRegion',
      'Policy',
      'BypassPolicyLockoutSafetyCheck',
      'Description',
      'Tags',
    ],
    response: ['ReplicaKeyMetadata', 'ReplicaPolicy', 'ReplicaTags'],
  },
  elsewhere: (input) => ({
    operation: 'CreateKey',
    region: String(input.ReplicaRegion),
    request: { multiRegion: true, multiRegionKeyId: input.KeyId, origin: 'AWS_KMS' },
  }),
  async run(call, services) {
    const { key } = call.keys;
    const replica = await replicate(key, call.input, call, services);
    return {
      ReplicaKeyMetadata: keyMetadata({ ...replica, currentMaterialId: undefined }, 'Creating'),
      ReplicaPolicy: replica.policy,
      ReplicaTags: [...(call.input.Tags ?? [])],
    };
  },
});
