/** A key's rotations and materials. Source: AWS KMS API Reference, ListKeyRotations. */

import { type Static, Type } from 'typebox';
import { OneOf, Timestamp } from '../../../declare/shape-kinds.js';
import { isPresent, type KeyMaterial } from '../../../keystores/contract/material.js';
import { type Key, materialsInOrder } from '../keys/key.js';
import { onKey } from '../on-key.js';
import { readPage } from '../paging.js';
import { refuse } from '../refusals.js';
import {
  ExpirationModel,
  KeyIdRef,
  KeyMaterialDescription,
  KeyMaterialId,
  Limit,
  Marker,
  pageMembers,
} from '../shapes.js';
import type { StoreLimits } from '../stores/store-limits.js';
import { requireOwnStore } from './rotation-rules.js';

const DEFAULT_LIMIT = 100;

const RotationsListEntry = Type.Object({
  KeyId: KeyIdRef,
  KeyMaterialId,
  KeyMaterialDescription: Type.Optional(KeyMaterialDescription),
  ImportState: Type.Optional(OneOf(['IMPORTED', 'PENDING_IMPORT'])),
  KeyMaterialState: OneOf([
    'NON_CURRENT',
    'CURRENT',
    'PENDING_ROTATION',
    'PENDING_MULTI_REGION_IMPORT_AND_ROTATION',
  ]),
  ExpirationModel: Type.Optional(ExpirationModel),
  ValidTo: Type.Optional(Timestamp),
  RotationDate: Type.Optional(Timestamp),
  RotationType: Type.Optional(OneOf(['AUTOMATIC', 'ON_DEMAND'])),
});

export const listKeyRotations = onKey('ListKeyRotations', {
  summary: 'Lists the rotations and key materials of a symmetric KMS key.',
  route: 'GET /keys/{KeyId}/rotations',
  members: {
    IncludeKeyMaterial: Type.Optional(OneOf(['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'])),
    Limit: Type.Optional(Limit),
    Marker: Type.Optional(Marker),
  },
  output: Type.Object({ Rotations: Type.Array(RotationsListEntry), ...pageMembers }),
  state: 'any',
  readOnly: true,
  errors: ['KMSInvalidStateException', 'UnsupportedOperationException'],
  without: ['DependencyTimeoutException'],
  async run(
    { input, key },
    { customKeyStoreLimits }: { readonly customKeyStoreLimits: StoreLimits },
  ) {
    if (key.keySpec !== 'SYMMETRIC_DEFAULT') throw refuse.unrotatable();
    requireOwnStore(key, customKeyStoreLimits);
    const all = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
    const listed = materialsInOrder(key).filter((material) => all || material.rotation);
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      async (after, limit) =>
        listed.filter(({ ordinal }) => after === '' || ordinal > Number(after)).slice(0, limit),
      ({ ordinal }) => String(ordinal),
    );
    return { Rotations: items.map((material) => entryOf(key, material)), ...page };
  },
});

function entryOf(key: Key, material: KeyMaterial): Static<typeof RotationsListEntry> {
  const { materialId, rotation, expiration, description } = material;
  return {
    KeyId: key.arn,
    KeyMaterialId: materialId,
    ...(description !== undefined && { KeyMaterialDescription: description }),
    ...(key.origin === 'EXTERNAL' && {
      ImportState: isPresent(material) ? ('IMPORTED' as const) : ('PENDING_IMPORT' as const),
    }),
    KeyMaterialState: materialState(key, material),
    ...(expiration && { ExpirationModel: expiration.model }),
    ...(expiration?.validTo && { ValidTo: expiration.validTo }),
    ...(rotation && { RotationDate: rotation.date, RotationType: rotation.type }),
  };
}

function materialState(key: Key, { materialId, status }: KeyMaterial) {
  if (status === 'pending-rotation') return 'PENDING_ROTATION';
  if (status === 'pending-multi-region') return 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
  return materialId === key.currentMaterialId ? 'CURRENT' : 'NON_CURRENT';
}
