/** The setting `peers`: the servers of other Regions and the keys by which they are known. */
import { createPublicKey, type KeyObject } from 'node:crypto';

export interface Peer {
  readonly region: string;
  /** Without a path's slash at the end. */
  readonly url: string;
  readonly publicKey: KeyObject;
  /** The key as it is written: base64url of its 32 octets. */
  readonly publicKeyText: string;
}

/** `<url>#ed25519:<43 characters of base64url>` */
const PEER = /^(\S+?)\/?#ed25519:([A-Za-z0-9_-]{43})$/;

/** @throws Error when a value isn't a URL with a pinned key. */
export function readPeers(setting: Readonly<Record<string, string>>): ReadonlyMap<string, Peer> {
  const peers = Object.entries(setting).map(([region, text]): [string, Peer] => {
    const [, url, publicKeyText] = PEER.exec(text) ?? [];
    if (!url || !publicKeyText) {
      throw new Error(`peers.${region} must be a URL, #ed25519: and the peer's public key`);
    }
    return [region, { region, url, publicKeyText, publicKey: publicKeyOf(publicKeyText) }];
  });
  return new Map(peers);
}

/** @param text base64url of the 32 octets of an Ed25519 public key */
function publicKeyOf(text: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' });
}
