/** By which key other servers know this one: Ed25519, made at the first start, sealed by the root key. */

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { peerIdentityLocation, type Sealer } from '../../../kernel/sealing.js';
import type { Deadline } from '../../../kernel/time.js';

import type { PeerRepository } from './peer-repository.js';

export interface PeerIdentity {
  readonly privateKey: KeyObject;
  /** Base64url of the public key's 32 octets: what other servers' `peers` have after `#ed25519:`. */
  readonly publicKeyText: string;
}

/** Opens the identity of this database; of servers that start together one makes it. */
export async function openPeerIdentity(
  repository: PeerRepository,
  sealer: Sealer,
  deadline: Deadline,
): Promise<PeerIdentity> {
  let sealed = await repository.findIdentity();
  if (!sealed) {
    const made = generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
    await repository.insertIdentity(await sealer.seal(made, peerIdentityLocation, deadline));
    made.fill(0);
    sealed = await repository.findIdentity();
  }
  if (!sealed) throw new Error('the identity for peers was not stored');
  const octets = await sealer.open(sealed, peerIdentityLocation, deadline);
  const privateKey = createPrivateKey({ key: octets, format: 'der', type: 'pkcs8' });
  octets.fill(0);
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { privateKey, publicKeyText: String(x) };
}
