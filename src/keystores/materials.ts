/** Making a new key's first material, per origin. */
import type { KeySpec, KeyUsage } from '../api/shapes.js';
import type { KeyMaterial } from '../keys/key.js';
import type { Deadline } from './key-store.js';

export interface MaterialOwner {
  readonly accountId: string;
  readonly region: string;
  readonly keyId: string;
}

export interface MaterialSpec {
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
}

export interface MaterialMaker {
  /**
   * Makes material of this spec and usage for a key that isn't stored yet.
   * @throws KmsError UnsupportedOperationException when this store can't make or use such a key.
   */
  make(owner: MaterialOwner, spec: MaterialSpec, deadline: Deadline): Promise<KeyMaterial>;
  /** The key could not be stored: whatever `make` left behind is to be removed. */
  abandon(material: KeyMaterial): Promise<void>;
}
