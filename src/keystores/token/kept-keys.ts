/** How a wrapped key is kept with its material, by whose seal in the database all of it is bound. */
import { type WrappedKey, wrappedKey } from '../../token-host/protocol/wrapped-keys.js';
import type { KeyMaterial } from '../contract/material.js';

const VERSION = 1;

/** What is kept: JSON, so that it can be told what a backup holds. */
export function keepKey({ wrapping, scheme, order, wrapped }: Omit<WrappedKey, 'id'>): Buffer {
  const kept = { version: VERSION, wrapping, scheme, order, wrapped: wrapped.toString('base64') };
  return Buffer.from(JSON.stringify(kept));
}

/** What was read of a material, which is kept in memory as long as its key. */
const read = new WeakMap<KeyMaterial, WrappedKey>();

/** The key of a material that is kept wrapped. Throws Error for what is no such thing. */
export function keptKey(material: KeyMaterial): WrappedKey {
  const known = read.get(material);
  if (known !== undefined) return known;
  if (!material.sealed) throw new Error(`material ${material.materialId} is not wrapped`);
  const { version, wrapped, ...kept } = JSON.parse(material.sealed.toString('utf8'));
  const id = `wrapped:${material.materialId}`;
  const key = { ...kept, id, wrapped: Buffer.from(String(wrapped), 'base64') };
  if (version !== VERSION || !wrappedKey(key)) {
    throw new Error(`material ${material.materialId} is wrapped in a way that is not known`);
  }
  read.set(material, key);
  return key;
}
