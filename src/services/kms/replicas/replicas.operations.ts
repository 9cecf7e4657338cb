/** Multi-Region keys. Source: AWS KMS API Reference. */

import { Type } from 'typebox';
import { keyMetadata } from '../keys/metadata.js';
import { tagMap } from '../keys/tags.js';
import { onKey } from '../on-key.js';
import { Description, KeyMetadata, Policy, RegionName, Tags } from '../shapes.js';
import { movePrimary, type PrimaryRegionPorts } from './primary-region.js';
import { makeReplica, type ReplicationPorts } from './replication.js';

export const replicateKey = onKey('ReplicateKey', {
  summary: 'Makes a related multi-Region key in another Region.',
  route: 'POST /keys/{KeyId}/replicas',
  members: {
    ReplicaRegion: RegionName,
    Policy: Type.Optional(Policy),
    BypassPolicyLockoutSafetyCheck: Type.Optional(Type.Boolean()),
    Description: Type.Optional(Description),
    Tags: Type.Optional(Tags),
  },
  output: Type.Object({
    ReplicaKeyMetadata: KeyMetadata,
    ReplicaPolicy: Policy,
    ReplicaTags: Type.Optional(Tags),
  }),
  state: 'replicate',
  conditions: (input) => ({ members: { 'kms:replicaregion': input.ReplicaRegion } }),
  alsoNeeds: {
    actions: (input) => [
      { action: 'kms:CreateKey', region: input.ReplicaRegion },
      ...(input.Tags?.length
        ? [{ action: 'kms:TagResource' as const, region: input.ReplicaRegion }]
        : []),
    ],
    conditions: (input) => ({
      members: {
        'kms:multiregion': 'true',
        'kms:multiregionkeytype': 'REPLICA',
        'kms:bypasspolicylockoutsafetycheck': input.BypassPolicyLockoutSafetyCheck?.toString(),
      },
      tags: tagMap(input.Tags),
    }),
  },
  errors: [
    'AlreadyExistsException',
    'DisabledException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'TagException',
    'UnsupportedOperationException',
  ],
  without: ['DependencyTimeoutException'],
  shown: ['ReplicaKeyMetadata', 'ReplicaPolicy', 'ReplicaTags'],
  elsewhere: (input) => ({
    operation: 'CreateKey',
    region: String(input.ReplicaRegion),
    request: { multiRegion: true, multiRegionKeyId: input.KeyId, origin: 'AWS_KMS' },
  }),
  async run(call, ports: ReplicationPorts) {
    const replica = await makeReplica(call, ports);
    const { Tags: tags } = call.input;
    const { ExpirationModel: model } = keyMetadata(call.key, 'Enabled');
    return {
      ReplicaKeyMetadata: {
        ...keyMetadata({ ...replica, currentMaterialId: undefined }, 'Creating'),
        // A replica without material of its own yet is shown with its primary's model.
        ...(model && { ExpirationModel: model }),
      },
      ReplicaPolicy: replica.policy,
      ...(tags?.length && { ReplicaTags: tags }),
    };
  },
});

export const updatePrimaryRegion = onKey('UpdatePrimaryRegion', {
  summary: 'Makes a replica the primary key of its multi-Region keys.',
  route: 'POST /keys/{KeyId}/primary-region',
  members: { PrimaryRegion: RegionName },
  state: 'updatePrimary',
  conditions: (input) => ({ members: { 'kms:primaryregion': input.PrimaryRegion } }),
  errors: ['DisabledException', 'UnsupportedOperationException'],
  without: ['DependencyTimeoutException'],
  elsewhere: (input) => ({
    operation: 'UpdatePrimaryRegion',
    region: String(input.PrimaryRegion),
    request: { keyId: input.KeyId, primaryRegion: input.PrimaryRegion },
  }),
  async run(call, ports: PrimaryRegionPorts) {
    await movePrimary(call, ports);
    return {};
  },
});
