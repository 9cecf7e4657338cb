/** Keys that are kept outside the token, wrapped by a key that never leaves it. */
import type { PublicJwk } from '../../crypto/public-jwk.js';
import { type KeyOrder, keyOrder } from './key-order.js';
import { publicJwk } from './key-use.js';
import { bytes, oneOf, perhaps, record, type Shape, text } from './shapes.js';

/**
 * How a key is wrapped. `kwp`: AES Key Wrap with Padding (RFC 5649), CKM_AES_KEY_WRAP_KWP of PKCS#11
 * v3.0. `pad`: the same under the number that v2.40 has for it, CKM_AES_KEY_WRAP_PAD. `gcm`: AES-GCM
 * with a random IV, which precedes the wrapped key. Tried in this order.
 */
export const WRAPPING_SCHEMES = ['kwp', 'pad', 'gcm'] as const;
export type WrappingScheme = (typeof WRAPPING_SCHEMES)[number];

/** The key that wraps, and how. */
export interface Wrapping {
  /** CKA_ID of an AES key with the purpose `unwrap`. */
  readonly wrapping: string;
  readonly scheme: WrappingScheme;
}

/** A key to be made and wrapped. */
export interface WrappingOrder extends Wrapping {
  readonly order: KeyOrder;
}

/** A key as it was made: nothing of it stays in the token. */
export interface WrappedMaterial {
  readonly wrapped: Buffer;
  /** Of a pair. */
  readonly publicKey: PublicJwk | undefined;
}

/** A wrapped key, as calls name it. */
export interface WrappedKey extends WrappingOrder {
  /** Printable ASCII, of its own: it stands for the CKA_ID that the key has not. */
  readonly id: string;
  readonly wrapped: Buffer;
}

const members = {
  wrapping: text,
  scheme: oneOf(...WRAPPING_SCHEMES),
  order: keyOrder,
};

export const wrappingOrder: Shape<WrappingOrder> = record(members);

export const wrappedMaterial: Shape<WrappedMaterial> = record({
  wrapped: bytes,
  publicKey: perhaps(publicJwk),
});

export const wrappedKey: Shape<WrappedKey> = record({ ...members, id: text, wrapped: bytes });
