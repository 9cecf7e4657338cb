/** Between rows and the domain's Key. */
import type { KeySpec, KeyUsage, Origin } from '../api/shapes.js';
import type { Key, KeyMaterial, KeyStatus } from '../keys/key.js';
import { keyArn } from '../keys/key-id.js';

export interface KeyRow {
  region: string;
  key_id: string;
  account_id: string;
  key_spec: KeySpec;
  key_usage: KeyUsage;
  origin: Origin;
  multi_region: boolean | number;
  description: string;
  enabled: boolean | number;
  status: KeyStatus;
  /** PostgreSQL gives 64-bit integers as text. */
  created_at: number | string;
  deletion_date: number | string | null;
  custom_key_store_id: string | null;
  policy: string;
  /** JSON: unique ids by ARN. */
  policy_principals: string;
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
  created_at: number | string;
}

/** How a change names a key. */
export function keyRef(region: string, keyId: string): string {
  return `${region}/${keyId}`;
}

export function keyFromRows(
  partition: string,
  row: KeyRow & { cloud_hsm_cluster_id?: string | null },
  parts: {
    readonly materials: readonly MaterialRow[];
    readonly tags: ReadonlyMap<string, string>;
    readonly aliases: readonly string[];
  },
): Key {
  const accountId = row.account_id;
  return Object.freeze({
    accountId,
    region: row.region,
    keyId: row.key_id,
    arn: keyArn({ partition, region: row.region, accountId }, row.key_id),
    keySpec: row.key_spec,
    keyUsage: row.key_usage,
    origin: row.origin,
    multiRegion: Boolean(row.multi_region),
    description: row.description,
    enabled: Boolean(row.enabled),
    status: row.status,
    createdAt: new Date(Number(row.created_at)),
    deletionDate: row.deletion_date === null ? undefined : new Date(Number(row.deletion_date)),
    customKeyStoreId: row.custom_key_store_id ?? undefined,
    cloudHsmClusterId: row.cloud_hsm_cluster_id ?? undefined,
    policy: row.policy,
    policyPrincipals: JSON.parse(row.policy_principals),
    tags: parts.tags,
    aliases: parts.aliases,
    currentMaterialId: row.current_material_id,
    materials: new Map(parts.materials.map((entry) => [entry.material_id, materialFromRow(entry)])),
  });
}

function materialFromRow(row: MaterialRow): KeyMaterial {
  return Object.freeze({
    region: row.region,
    keyId: row.key_id,
    materialId: row.material_id,
    sealed: row.sealed ?? undefined,
    ckaId: row.cka_id ?? undefined,
    publicKey: row.public_key ?? undefined,
    createdAt: new Date(Number(row.created_at)),
  });
}

export function rowFromKey(key: Key): KeyRow {
  return {
    region: key.region,
    key_id: key.keyId,
    account_id: key.accountId,
    key_spec: key.keySpec,
    key_usage: key.keyUsage,
    origin: key.origin,
    multi_region: key.multiRegion,
    description: key.description,
    enabled: key.enabled,
    status: key.status,
    created_at: key.createdAt.getTime(),
    deletion_date: key.deletionDate?.getTime() ?? null,
    custom_key_store_id: key.customKeyStoreId ?? null,
    policy: key.policy,
    policy_principals: JSON.stringify(key.policyPrincipals),
    current_material_id: key.currentMaterialId,
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
  };
}
