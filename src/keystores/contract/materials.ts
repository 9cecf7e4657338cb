/** Making, importing and handing on the material of keys, per origin. */

import type { KeySpec, KeyUsage } from '../../crypto/algorithms.js';
import type { Deadline } from '../../kernel/time.js';
import type { KeyMaterial } from './material.js';

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
   * Makes material of this spec and usage that no key has yet.
   * @throws StoreError unsupported when this store can't make or use such a key.
   */
  make(owner: MaterialOwner, spec: MaterialSpec, deadline: Deadline): Promise<KeyMaterial>;
  /** The key could not be stored: whatever was left behind is to be removed. */
  abandon(material: KeyMaterial): Promise<void>;
}

export interface MaterialTaker {
  /**
   * Takes over a secret that was made elsewhere, in the form in which it is sealed: raw octets or PKCS #8.
   * @param publicKey SubjectPublicKeyInfo of an asymmetric key
   */
  take(
    owner: MaterialOwner,
    secret: { readonly octets: Buffer; readonly publicKey: Buffer | undefined },
    deadline: Deadline,
  ): Promise<KeyMaterial>;
}

export interface MaterialTransfer {
  /** The same material for the related multi-Region key in another Region. */
  transfer(material: KeyMaterial, region: string, deadline: Deadline): Promise<KeyMaterial>;
}
