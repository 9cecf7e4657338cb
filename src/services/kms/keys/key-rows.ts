/** Between rows and the domain's Key. */

import type { KeySpec, KeyUsage } from '../../../crypto/algorithms.js';
import type {
  ExpirationModel,
  KeyMaterial,
  MaterialStatus,
  RotationType,
} from '../../../keystores/contract/material.js';
import type { Origin } from '../shapes.js';
import type { Key, KeyStatus, MultiRegion } from './key.js';
import { keyArn } from './key-id.js';

/** PostgreSQL gives 64-bit integers as text. */
type Epoch = number | string;

export interface KeyRow {
  region: string;
  key_id: string;
  account_id: string;
  key_spec: KeySpec;
  key_usage: KeyUsage;
  /** JSON: algorithms. */
  proven_algorithms: string | null;
  origin: Origin;
  manager: Key['manager'];
  multi_region: boolean | number;
  primary_region: string | null;
  related_version: Epoch;
  description: string;
  enabled: boolean | number;
  status: KeyStatus;
  created_at: Epoch;
  deletion_date: Epoch | null;
  pending_window_days: number | null;
  rotation_period_days: number | null;
  next_rotation_date: Epoch | null;
  on_demand_rotations: number;
  tracked_since: Epoch;
  custom_key_store_id: string | null;
  policy: string;
  /** JSON: unique ids by ARN. */
  policy_principals: string;
  /** Empty before the first import. */
  current_material_id: string;
}

export interface MaterialRow {
  region: string;
  key_id: string;
  account_id: string;
  material_id: string;
  sealed: Buffer | null;
  cka_id: string | null;
  public_key: Buffer | null;
  created_at: Epoch;
  ordinal: number;
  status: MaterialStatus;
  rotation_date: Epoch | null;
  rotation_type: RotationType | null;
  expiration_model: ExpirationModel | null;
  valid_to: Epoch | null;
  description: string | null;
  check_value: Buffer | null;
}

/** The primary key of a key's row, and of what belongs to it. */
export function placeOf({ region, keyId }: Pick<Key, 'region' | 'keyId'>) {
  return { region, key_id: keyId };
}

export interface KeyParts {
  readonly materials: readonly MaterialRow[];
  readonly tags: ReadonlyMap<string, string>;
  readonly aliases: readonly string[];
  /** The Regions of every related key, this one's among them. */
  readonly regions: readonly string[];
}

export function keyFromRows(
  partition: string,
  row: KeyRow & { cloud_hsm_cluster_id?: string | null },
  parts: KeyParts,
): Key {
  const accountId = row.account_id;
  return Object.freeze({
    accountId,
    region: row.region,
    keyId: row.key_id,
    arn: keyArn({ partition, region: row.region, accountId }, row.key_id),
    keySpec: row.key_spec,
    keyUsage: row.key_usage,
    provenAlgorithms:
      row.proven_algorithms === null ? undefined : JSON.parse(row.proven_algorithms),
    origin: row.origin,
    manager: row.manager,
    multiRegion: multiRegionOf(row, parts.regions),
    relatedVersion: Number(row.related_version),
    description: row.description,
    enabled: Boolean(row.enabled),
    status: row.status,
    createdAt: new Date(Number(row.created_at)),
    deletionDate: dateOf(row.deletion_date),
    pendingWindowInDays: row.pending_window_days ?? undefined,
    rotationPeriodInDays: row.rotation_period_days ?? undefined,
    nextRotationDate: dateOf(row.next_rotation_date),
    onDemandRotations: row.on_demand_rotations,
    trackedSince: new Date(Number(row.tracked_since)),
    customKeyStoreId: row.custom_key_store_id ?? undefined,
    cloudHsmClusterId: row.cloud_hsm_cluster_id ?? undefined,
    policy: row.policy,
    policyPrincipals: JSON.parse(row.policy_principals),
    tags: parts.tags,
    aliases: parts.aliases,
    currentMaterialId: row.current_material_id || undefined,
    materials: new Map(parts.materials.map((entry) => [entry.material_id, materialFromRow(entry)])),
  });
}

function multiRegionOf(row: KeyRow, regions: readonly string[]): MultiRegion | undefined {
  if (!row.multi_region) return undefined;
  const primaryRegion = row.primary_region ?? row.region;
  const replicaRegions = regions.filter((region) => region !== primaryRegion).sort();
  return { primaryRegion, replicaRegions };
}

function materialFromRow(row: MaterialRow): KeyMaterial {
  const rotationDate = dateOf(row.rotation_date);
  return Object.freeze({
    region: row.region,
    keyId: row.key_id,
    materialId: row.material_id,
    sealed: row.sealed ?? undefined,
    ckaId: row.cka_id ?? undefined,
    publicKey: row.public_key ?? undefined,
    createdAt: new Date(Number(row.created_at)),
    ordinal: row.ordinal,
    status: row.status,
    rotation:
      rotationDate && row.rotation_type
        ? { date: rotationDate, type: row.rotation_type }
        : undefined,
    expiration: row.expiration_model
      ? { model: row.expiration_model, validTo: dateOf(row.valid_to) }
      : undefined,
    description: row.description ?? undefined,
    check: row.check_value ?? undefined,
  });
}

export function rowFromKey(key: Key): KeyRow {
  return {
    region: key.region,
    key_id: key.keyId,
    account_id: key.accountId,
    key_spec: key.keySpec,
    key_usage: key.keyUsage,
    proven_algorithms: key.provenAlgorithms ? JSON.stringify(key.provenAlgorithms) : null,
    origin: key.origin,
    manager: key.manager,
    multi_region: key.multiRegion !== undefined,
    primary_region: key.multiRegion?.primaryRegion ?? null,
    description: key.description,
    enabled: key.enabled,
    status: key.status,
    created_at: key.createdAt.getTime(),
    deletion_date: key.deletionDate?.getTime() ?? null,
    pending_window_days: key.pendingWindowInDays ?? null,
    rotation_period_days: key.rotationPeriodInDays ?? null,
    next_rotation_date: key.nextRotationDate?.getTime() ?? null,
    on_demand_rotations: key.onDemandRotations,
    related_version: key.relatedVersion,
    tracked_since: key.trackedSince.getTime(),
    custom_key_store_id: key.customKeyStoreId ?? null,
    policy: key.policy,
    policy_principals: JSON.stringify(key.policyPrincipals),
    current_material_id: key.currentMaterialId ?? '',
  };
}

export function rowFromMaterial(key: Key, material: KeyMaterial): MaterialRow {
  return {
    region: key.region,
    key_id: key.keyId,
    account_id: key.accountId,
    material_id: material.materialId,
    sealed: material.sealed ?? null,
    cka_id: material.ckaId ?? null,
    public_key: material.publicKey ?? null,
    created_at: material.createdAt.getTime(),
    ordinal: material.ordinal,
    status: material.status,
    rotation_date: material.rotation?.date.getTime() ?? null,
    rotation_type: material.rotation?.type ?? null,
    expiration_model: material.expiration?.model ?? null,
    valid_to: material.expiration?.validTo?.getTime() ?? null,
    description: material.description ?? null,
    check_value: material.check ?? null,
  };
}

function dateOf(value: Epoch | null): Date | undefined {
  return value === null ? undefined : new Date(Number(value));
}
