/** Making a new key's first material, per origin. */
import type { KeyMaterial } from '../keys/key.js';
import type { Deadline } from './key-store.js';

export interface MaterialOwner {
  readonly accountId: string;
  readonly region: string;
  readonly keyId: string;
}

export interface MaterialMaker {
  /** Makes 256-bit AES material for a key that isn't stored yet. */
  make(owner: MaterialOwner, deadline: Deadline): Promise<KeyMaterial>;
  /** The key could not be stored: whatever `make` left behind is to be removed. */
  abandon(material: KeyMaterial): Promise<void>;
}
