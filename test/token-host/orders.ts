import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { TokenClient } from '../../src/token-host/client/client.js';
import type { KeyOrder } from '../../src/token-host/protocol/key-order.js';
import { soon } from '../support/waiting.js';

/** One order of each kind that SoftHSM can fill; `name` is its CKA_ID in tests. */
export const ORDERS = {
  aes: { keyType: 'aes', purpose: 'encrypt', bytes: 32 },
  hmac: { keyType: 'hmac', purpose: 'mac', bytes: 48 },
  rsaSign: { keyType: 'rsa', purpose: 'sign', bytes: 256 },
  rsaDecrypt: { keyType: 'rsa', purpose: 'encrypt', bytes: 256 },
  ecSign: { keyType: 'ec', purpose: 'sign', bytes: 32, curve: 'prime256v1' },
  ecDerive: { keyType: 'ec', purpose: 'derive', bytes: 48, curve: 'secp384r1' },
  ed25519: { keyType: 'ed25519', purpose: 'sign', bytes: 32 },
} as const satisfies Record<string, KeyOrder>;

export type OrderName = keyof typeof ORDERS;

/** Makes the key and answers its public half. */
export async function makePair(
  client: TokenClient,
  name: OrderName,
  ckaId: string = name,
): Promise<KeyObject> {
  const jwk = await client.call(
    'generateKey',
    ckaId,
    { label: `kms:${name}`, order: ORDERS[name] },
    soon(),
  );
  if (jwk === undefined) throw new Error(`${name} has no public half`);
  return createPublicKey({ format: 'jwk', key: jwk as JsonWebKey });
}

/** A point of a key on a curve, uncompressed. */
export function pointOf(key: KeyObject): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  const coordinates = [x, y].map((each) => Buffer.from(each, 'base64url'));
  return Buffer.concat([Buffer.from([4]), ...coordinates]);
}
