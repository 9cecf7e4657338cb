/** How related multi-Region keys stand, as the primary's server tells it to a replica's. */

import { type Static, Type } from 'typebox';
import { Blob, OneOf } from '../../../declare/shape-kinds.js';
import { compileInput } from '../../../declare/validate.js';
import { materialLocation, type Sealer } from '../../../kernel/sealing.js';
import type { Deadline } from '../../../kernel/time.js';
import type { KeyMaterial } from '../../../keystores/contract/material.js';

import { type Key, materialsInOrder } from '../keys/key.js';
import {
  Description,
  KeyMaterialId,
  KeySpec,
  KeyUsage,
  Policy,
  RegionName,
  RotationPeriodInDays,
  Tags,
} from '../shapes.js';
import { Envelope } from './envelope.js';
import type { TransportPublicKey } from './transport-key.js';

const EpochMs = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const MAX_MATERIALS = 10_000;

const MaterialState = Type.Object({
  materialId: KeyMaterialId,
  ordinal: Type.Integer({ minimum: 0, maximum: MAX_MATERIALS }),
  status: OneOf(['permanent', 'pending-rotation']),
  createdAt: EpochMs,
  rotatedAt: Type.Optional(EpochMs),
  rotationType: Type.Optional(OneOf(['AUTOMATIC', 'ON_DEMAND'])),
  publicKey: Type.Optional(Blob(1, 8192)),
  /** See envelope.ts. */
  sealed: Blob(1, 8192),
});

const AccountId = Type.String({ pattern: '^[0-9]{12}$' });
const MultiRegionKeyId = Type.String({ pattern: '^mrk-[0-9a-f]{32}$' });

/** Everything that related keys share; what is Region's own only when a replica is made. */
const RelatedState = Type.Object({
  accountId: AccountId,
  keyId: MultiRegionKeyId,
  /** The receiving Region. */
  region: RegionName,
  primaryRegion: RegionName,
  /** How often the related keys have changed; absent from a server that doesn't count. */
  version: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  /** Of every related key. */
  regions: Type.Array(RegionName, { maxItems: 100 }),
  keySpec: KeySpec,
  keyUsage: KeyUsage,
  rotationPeriodInDays: Type.Optional(RotationPeriodInDays),
  nextRotationDate: Type.Optional(EpochMs),
  onDemandRotations: Type.Integer({ minimum: 0, maximum: 1000 }),
  currentMaterialId: KeyMaterialId,
  materials: Type.Array(MaterialState, { maxItems: MAX_MATERIALS }),
  /** The key of the envelopes, wrapped by the receiver's transport key. */
  wrappedKey: Blob(1, 1024),
  replica: Type.Optional(
    Type.Object({ policy: Type.Optional(Policy), description: Description, tags: Tags }),
  ),
});

export type RelatedState = Static<typeof RelatedState>;

/** @throws ServiceError ValidationException, SerializationException */
export const readRelatedState = compileInput<RelatedState>(RelatedState);

/** A replica that is gone, as its server tells the primary's. */
const RemovedReplica = Type.Object({
  accountId: AccountId,
  keyId: MultiRegionKeyId,
  region: RegionName,
});

export type RemovedReplica = Static<typeof RemovedReplica>;

/** @throws ServiceError ValidationException, SerializationException */
export const readRemovedReplica = compileInput<RemovedReplica>(RemovedReplica);

/**
 * The state that a receiver is told; the materials are in the clear only in this process and only
 * until each is in its envelope.
 * @param coming a material that is to be there before it becomes current
 */
export async function relatedState(
  primary: Key,
  region: string,
  receiver: TransportPublicKey,
  options: {
    readonly sealer: Sealer;
    readonly deadline: Deadline;
    readonly coming?: KeyMaterial | undefined;
    readonly replica?: RelatedState['replica'];
  },
): Promise<object> {
  const { accountId, keyId, multiRegion, nextRotationDate, rotationPeriodInDays } = primary;
  if (!multiRegion || !primary.currentMaterialId) throw new Error(`${keyId} is not a primary key`);
  const envelope = new Envelope(receiver);
  try {
    const materials: object[] = [];
    const listed = [...materialsInOrder(primary), ...(options.coming ? [options.coming] : [])];
    for (const material of listed) {
      if (!material.sealed) throw new Error(`material ${material.materialId} is not here`);
      const location = materialLocation(material);
      const secret = await options.sealer.open(material.sealed, location, options.deadline);
      const { materialId } = material;
      const sealed = envelope.seal(secret, { accountId, keyId, region, materialId });
      secret.fill(0);
      materials.push({
        materialId,
        ordinal: material.ordinal,
        status: material === options.coming ? 'pending-rotation' : 'permanent',
        createdAt: material.createdAt.getTime(),
        ...(material.rotation && {
          rotatedAt: material.rotation.date.getTime(),
          rotationType: material.rotation.type,
        }),
        ...(material.publicKey && { publicKey: material.publicKey.toString('base64') }),
        sealed: sealed.toString('base64'),
      });
    }
    return {
      ...{ accountId, keyId, region, primaryRegion: multiRegion.primaryRegion },
      regions: [
        ...new Set([multiRegion.primaryRegion, ...multiRegion.replicaRegions, region]),
      ].sort(),
      keySpec: primary.keySpec,
      keyUsage: primary.keyUsage,
      ...(rotationPeriodInDays !== undefined && { rotationPeriodInDays }),
      ...(nextRotationDate && { nextRotationDate: nextRotationDate.getTime() }),
      version: primary.relatedVersion,
      onDemandRotations: primary.onDemandRotations,
      currentMaterialId: primary.currentMaterialId,
      materials,
      wrappedKey: envelope.wrappedKey.toString('base64'),
      ...(options.replica && { replica: options.replica }),
    };
  } finally {
    envelope.close();
  }
}
