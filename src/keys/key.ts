import type { KeySpec, KeyUsage, Origin } from '../api/shapes.js';

/** Where a key stands in its life, as stored. What DescribeKey reports is derived: see states.ts. */
export type KeyStatus = 'active' | 'pending-deletion';

/** Which material of which key: the primary key of its row. */
export interface MaterialAddress {
  readonly region: string;
  readonly keyId: string;
  /** 64 lower-case hex digits. */
  readonly materialId: string;
}

/** One key material (backing key). Exactly one of `sealed` and `ckaId` is set, by the key's origin. */
export interface KeyMaterial extends MaterialAddress {
  /** The secret, sealed by the root key: origins AWS_KMS and EXTERNAL. */
  readonly sealed: Buffer | undefined;
  /** The token object's CKA_ID (ASCII hex): origin AWS_CLOUDHSM. */
  readonly ckaId: string | undefined;
  /** SubjectPublicKeyInfo in DER: asymmetric keys. */
  readonly publicKey: Buffer | undefined;
  readonly createdAt: Date;
}

/** A KMS key with all that a warm request needs to know of it. Immutable: a change is a new Key. */
export interface Key {
  readonly accountId: string;
  readonly region: string;
  readonly keyId: string;
  readonly arn: string;
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
  readonly origin: Origin;
  readonly multiRegion: boolean;
  readonly description: string;
  /** The stored flag of EnableKey and DisableKey; it survives a store's disconnection. */
  readonly enabled: boolean;
  readonly status: KeyStatus;
  readonly createdAt: Date;
  readonly deletionDate: Date | undefined;
  readonly customKeyStoreId: string | undefined;
  readonly cloudHsmClusterId: string | undefined;
  /** The key policy's text as it was given. */
  readonly policy: string;
  /** The unique id of each user and role that the policy names, by ARN, when it was stored. */
  readonly policyPrincipals: Readonly<Record<string, string>>;
  readonly tags: ReadonlyMap<string, string>;
  /** Names with their prefix `alias/`. */
  readonly aliases: readonly string[];
  readonly currentMaterialId: string;
  readonly materials: ReadonlyMap<string, KeyMaterial>;
}

/** Domain error where code and data disagree: a key without its current material. */
export function currentMaterial(key: Key): KeyMaterial {
  const material = key.materials.get(key.currentMaterialId);
  if (!material) throw new Error(`key ${key.keyId} has no current material`);
  return material;
}
