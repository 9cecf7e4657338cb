import { createPublicKey, type KeyObject } from 'node:crypto';
import { KmsError } from '../api/errors.js';
import type { KeySpec } from '../api/shapes.js';
import { specRow } from './algorithms.js';

/**
 * Another party's public key for ECDH: SubjectPublicKeyInfo in DER, on the curve of the spec. OpenSSL
 * refuses points that aren't on their curve, and the point at infinity.
 * @throws KmsError ValidationException, without a message where AWS has none.
 */
export function readPeerKey(keySpec: KeySpec, spki: Buffer): KeyObject {
  let peer: KeyObject;
  try {
    peer = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch {
    // Whatever is wrong with it: AWS doesn't say either.
    throw new KmsError('ValidationException');
  }
  if (peer.asymmetricKeyDetails?.namedCurve !== specRow(keySpec).curve) {
    throw new KmsError(
      'ValidationException',
      `The public key is not a valid public key for key spec ${keySpec}.`,
    );
  }
  return peer;
}
