import type { KeyUsage } from '../../crypto/algorithms.js';
import type { Deadline } from '../../kernel/time.js';
import type { KeyMaterial } from './material.js';
import type { MaterialOwner, MaterialSpec } from './materials.js';

/** Which key of the token; what is named must all be so, and one key only. At least one is named. */
export interface KeyName {
  /** Printable ASCII, or `hex:` and the octets. */
  readonly ckaId?: string;
  readonly label?: string;
}

export interface AdoptionOrder {
  readonly name: KeyName;
  /** Needed where the key may be used for more than one. */
  readonly keyUsage: KeyUsage | undefined;
  /** Whether the end of the KMS key is to be the end of the token's key. */
  readonly destroyOnDeletion: boolean;
}

/** Of a place that has keys that others made. */
export interface AdoptsKeys {
  /**
   * Finds a key that is there, and tries it: what it is, that it can't leave, that its public half
   * belongs to it. Nothing is changed, neither there nor in the database: the material is the key's
   * from the moment at which it is stored with its key.
   * @throws StoreError no-such-key, unsupported
   */
  adopt(
    owner: MaterialOwner,
    order: AdoptionOrder,
    deadline: Deadline,
  ): Promise<{ readonly spec: MaterialSpec; readonly material: KeyMaterial }>;
}
