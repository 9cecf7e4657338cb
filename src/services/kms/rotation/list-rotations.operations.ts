/** A key's rotations and materials. Source: AWS KMS API Reference, ListKeyRotations; recorded-kms.md. */

import { type Static, Type } from 'typebox';
import { InvalidMarker } from '../../../declare/pages.js';
import { OneOf, Timestamp } from '../../../declare/shape-kinds.js';
import type { CalendarClock } from '../../../kernel/time.js';
import { isPresent, type KeyMaterial } from '../../../keystores/contract/material.js';
import { kmsError } from '../errors.js';
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

/**
 * Expired material is listed as imported for so long: AWS clears the entry by a later job (seen minutes
 * after the expiry; when it runs isn't known).
 */
const SHOWN_AFTER_EXPIRY_MS = 60 * 60 * 1000;

interface ListPorts {
  readonly customKeyStoreLimits: StoreLimits;
  readonly calendar: CalendarClock;
}

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
  async run({ input, key }, { customKeyStoreLimits, calendar }: ListPorts) {
    if (key.keySpec !== 'SYMMETRIC_DEFAULT' && input.IncludeKeyMaterial !== undefined) {
      throw refuse.validation(
        'Input parameter includeKeyMaterial can only be used with symmetric keys.',
      );
    }
    requireOwnStore(key, customKeyStoreLimits);
    const all = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
    // Other keys have no rotations, and their material is nobody's to see.
    const listed = materialsInOrder(key).filter((material) => all || material.rotation);
    const { items, ...page } = await readPage(
      input,
      DEFAULT_LIMIT,
      async (after, limit) =>
        listed.filter(({ ordinal }) => after === '' || ordinal > Number(after)).slice(0, limit),
      ({ ordinal }) => String(ordinal),
    ).catch((error: unknown) => {
      // Of this operation's markers AWS doesn't say more.
      throw error instanceof InvalidMarker ? kmsError('InvalidMarkerException') : error;
    });
    const now = calendar();
    return { Rotations: items.map((material) => entryOf(key, material, now)), ...page };
  },
});

function entryOf(key: Key, material: KeyMaterial, now: number): Static<typeof RotationsListEntry> {
  const { materialId, rotation, description } = material;
  const imported = isPresent(material) || hasJustExpired(material, now);
  const expiration = imported ? material.expiration : undefined;
  return {
    KeyId: key.arn,
    KeyMaterialId: materialId,
    ...(description !== undefined && { KeyMaterialDescription: description }),
    ...(key.origin === 'EXTERNAL' && {
      ImportState: imported ? ('IMPORTED' as const) : ('PENDING_IMPORT' as const),
    }),
    KeyMaterialState: materialState(key, material),
    ...(expiration && { ExpirationModel: expiration.model }),
    ...(expiration?.validTo && { ValidTo: expiration.validTo }),
    ...(rotation && { RotationDate: rotation.date, RotationType: rotation.type }),
  };
}

function hasJustExpired({ expiration }: KeyMaterial, now: number): boolean {
  const validTo = expiration?.validTo;
  return validTo !== undefined && now - validTo.getTime() < SHOWN_AFTER_EXPIRY_MS;
}

function materialState(key: Key, { materialId, status }: KeyMaterial) {
  if (status === 'pending-rotation') return 'PENDING_ROTATION';
  if (status === 'pending-multi-region') return 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
  return materialId === key.currentMaterialId ? 'CURRENT' : 'NON_CURRENT';
}
