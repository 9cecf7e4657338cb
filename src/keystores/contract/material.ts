/** One key material (backing key), as keys and key stores know it. */

/** Which material of which key: the primary key of its row. */
export interface MaterialAddress {
  readonly region: string;
  readonly keyId: string;
  /** 64 lower-case hex digits. */
  readonly materialId: string;
}

/**
 * `permanent`: it is or was the current one, so ciphertexts may exist. `pending-rotation`: imported,
 * the next rotation makes it current. `pending-multi-region`: as that, but a replica still lacks it.
 */
export type MaterialStatus = 'permanent' | 'pending-rotation' | 'pending-multi-region';

/**
 * One key material (backing key). At most one of `sealed` and `ckaId` is set, by where it is; neither
 * when it was imported and has expired or been deleted.
 */
export interface KeyMaterial extends MaterialAddress {
  /** The secret, sealed by the root key: a software key's. */
  readonly sealed: Buffer | undefined;
  /** The token object's name: its CKA_ID (ASCII hex), or after its token's id, where it was adopted. */
  readonly ckaId: string | undefined;
  /** SubjectPublicKeyInfo in DER: asymmetric keys. */
  readonly publicKey: Buffer | undefined;
  readonly createdAt: Date;
  /** The place in the key's row of materials, from 0. */
  readonly ordinal: number;
  readonly status: MaterialStatus;
  /** When and how it became current; absent for the first and for pending ones. */
  readonly rotation: { readonly date: Date; readonly type: RotationType } | undefined;
  /** Imported material only: until it is deleted, and after it has expired. */
  readonly expiration: Expiration | undefined;
  /** KeyMaterialDescription, imported material only. */
  readonly description: string | undefined;
  /** Imported into a token: what only this very secret gives, to know it again. */
  readonly check: Buffer | undefined;
  /** Only until it is stored: what is noted of the object then. */
  readonly adoption?: Adoption;
}

/** A key that was in its token before it became material. */
export interface Adoption {
  readonly tokenId: string;
  readonly destroyOnDeletion: boolean;
  /** The server that adopts it. */
  readonly nodeId: string;
  readonly incarnation: string;
}

/** Between the token's id and the CKA_ID in the name of an adopted object; in no other name. */
export const ADOPTED_MARK = '/';

/** Whether the material was made by others, in its token. */
export function isAdopted({ ckaId }: Pick<KeyMaterial, 'ckaId'>): boolean {
  return ckaId?.includes(ADOPTED_MARK) ?? false;
}

export type RotationType = 'AUTOMATIC' | 'ON_DEMAND';

export interface Expiration {
  readonly model: ExpirationModel;
  readonly validTo: Date | undefined;
}

export const EXPIRATION_MODELS = ['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'] as const;
export type ExpirationModel = (typeof EXPIRATION_MODELS)[number];

/** Material that has just been made: permanent, the first of its key, never imported. */
export function newMaterial(
  made: Pick<
    KeyMaterial,
    'region' | 'keyId' | 'materialId' | 'sealed' | 'ckaId' | 'publicKey' | 'createdAt'
  >,
): KeyMaterial {
  return {
    ...made,
    ordinal: 0,
    status: 'permanent',
    rotation: undefined,
    expiration: undefined,
    description: undefined,
    check: undefined,
  };
}

/** Whether the material's secret is anywhere: imported material may have expired or been deleted. */
export function isPresent(material: KeyMaterial): boolean {
  return material.sealed !== undefined || material.ckaId !== undefined;
}
