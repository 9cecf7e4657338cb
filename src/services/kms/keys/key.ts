import type { Algorithm, KeySpec, KeyUsage } from '../../../crypto/algorithms.js';
import { isPresent, type KeyMaterial } from '../../../keystores/contract/material.js';
import type { Origin } from '../shapes.js';

/** Where a key stands in its life, as stored. What DescribeKey reports is derived: see states.ts. */
export type KeyStatus =
  | 'creating'
  | 'active'
  | 'updating'
  | 'pending-deletion'
  | 'pending-replica-deletion';

/** The related keys of a multi-Region key, this one among them. */
export interface MultiRegion {
  readonly primaryRegion: string;
  /** In ascending order. */
  readonly replicaRegions: readonly string[];
}

/** A KMS key with all that a warm request needs to know of it. Immutable: a change is a new Key. */
export interface Key {
  readonly accountId: string;
  readonly region: string;
  readonly keyId: string;
  readonly arn: string;
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
  /**
   * Of a key in a custom key store: what its token had proven when it was made. Undefined: every
   * algorithm of its spec; or not looked at yet, see older-token-keys.ts.
   */
  readonly provenAlgorithms: readonly Algorithm[] | undefined;
  readonly origin: Origin;
  /** `AWS`: an AWS managed key, made on the first use of its alias. */
  readonly manager: 'CUSTOMER' | 'AWS';
  /** Absent for a single-Region key. */
  readonly multiRegion: MultiRegion | undefined;
  /** How often it has changed with its related keys, as the primary key's server counts. */
  readonly relatedVersion: number;
  readonly description: string;
  /** The stored flag of EnableKey and DisableKey; it survives a store's disconnection. */
  readonly enabled: boolean;
  readonly status: KeyStatus;
  readonly createdAt: Date;
  readonly deletionDate: Date | undefined;
  /** The waiting period of a scheduled deletion. */
  readonly pendingWindowInDays: number | undefined;
  /** Automatic rotation is on while this is set. */
  readonly rotationPeriodInDays: number | undefined;
  readonly nextRotationDate: Date | undefined;
  /** How often RotateKeyOnDemand has rotated it. */
  readonly onDemandRotations: number;
  /** Since when uses are recorded. */
  readonly trackedSince: Date;
  readonly customKeyStoreId: string | undefined;
  readonly cloudHsmClusterId: string | undefined;
  /** The key policy's text as it was given. */
  readonly policy: string;
  /** The unique id of each user and role that the policy names, by ARN, when it was stored. */
  readonly policyPrincipals: Readonly<Record<string, string>>;
  readonly tags: ReadonlyMap<string, string>;
  /** Names with their prefix `alias/`. */
  readonly aliases: readonly string[];
  /** Absent until the first import. */
  readonly currentMaterialId: string | undefined;
  readonly materials: ReadonlyMap<string, KeyMaterial>;
}

/** A key that had no material, with its first one. */
export function withFirstMaterial(key: Key, material: KeyMaterial): Key {
  return {
    ...key,
    currentMaterialId: material.materialId,
    materials: new Map([[material.materialId, material]]),
  };
}

/** Domain error where code and data disagree: a key without its current material. */
export function currentMaterial(key: Key): KeyMaterial {
  const material = findCurrentMaterial(key);
  if (!material) throw new Error(`key ${key.keyId} has no current material`);
  return material;
}

/** The current material's row; undefined before the first import. */
export function findCurrentMaterial(key: Key): KeyMaterial | undefined {
  return key.currentMaterialId === undefined ? undefined : key.materials.get(key.currentMaterialId);
}

/** Materials in the order in which they came. */
export function materialsInOrder(key: Pick<Key, 'materials'>): KeyMaterial[] {
  return [...key.materials.values()].sort((a, b) => a.ordinal - b.ordinal);
}

/** Whether every material that ciphertexts may need is there, and at least one. */
export function isComplete(key: Pick<Key, 'materials'>): boolean {
  const permanent = [...key.materials.values()].filter(({ status }) => status === 'permanent');
  return permanent.length > 0 && permanent.every(isPresent);
}

export function isReplica(key: Key): boolean {
  return key.multiRegion !== undefined && key.multiRegion.primaryRegion !== key.region;
}

export function isPrimary(key: Key): boolean {
  return key.multiRegion?.primaryRegion === key.region;
}
