/** How a change of the feed names what has changed. */
import type { KeyMaterial } from '../../../keystores/contract/material.js';

export function keyRef(region: string, keyId: string): string {
  return `${region}/${keyId}`;
}

/** @param name with its prefix `alias/` */
export function aliasRef(place: { accountId: string; region: string }, name: string): string {
  return `${place.accountId}/${place.region}/${name}`;
}

/** @param grantId `EVERYTHING` for all grants of the key */
export function grantRef(key: { region: string; keyId: string }, grantId: string): string {
  return `${keyRef(key.region, key.keyId)}/${grantId}`;
}

/** The key and the grant id of a `grantRef`. */
export function readGrantRef(ref: string): { readonly key: string; readonly grantId: string } {
  const cut = ref.lastIndexOf('/');
  return { key: ref.slice(0, cut), grantId: ref.slice(cut + 1) };
}

export function materialRef({ region, keyId, materialId }: KeyMaterial): string {
  return `${region}/${keyId}/${materialId}`;
}
