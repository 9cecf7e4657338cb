/** Knowing an imported secret again without ever seeing it, and what is wrong with one. */

import { specRow } from '../../crypto/algorithms.js';
import { TAG_BYTES } from '../../kernel/gcm.js';
import type { Deadline } from '../../kernel/time.js';
import type { Token } from '../../token-host/client/token.js';
import type { KeyOrder } from '../../token-host/protocol/key-order.js';
import { TokenError } from '../../token-host/protocol/token-error.js';
import type { KeyMaterial } from '../contract/material.js';
import type { MaterialSpec } from '../contract/materials.js';
import {
  invalidCiphertext,
  notImportable,
  type StoreError,
  unfitMaterial,
} from '../contract/store-error.js';
import { keyOrder } from './token-keys.js';

const CHECK = Buffer.from('strongroom imported key material');

/** Secrets only: the public half of a pair can't be had from what the token unwraps. */
export function requireOrder(spec: MaterialSpec): KeyOrder {
  const order = keyOrder(spec);
  const { keyType } = specRow(spec.keySpec);
  if (order && (keyType === 'aes' || keyType === 'hmac')) return order;
  throw notImportable(spec.keySpec);
}

/** What a token answers to a secret that wasn't wrapped for it, in whatever words it has. */
export async function unwrapped(call: Promise<number | undefined>): Promise<number | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof TokenError && ['caller', 'bad-tag', 'failed'].includes(error.action)) {
      throw invalidCiphertext(error);
    }
    throw error;
  }
}

/** A MAC, or the IV's length, IV, tag and ciphertext of AES-GCM, over a text that everybody knows. */
export async function checkOf(
  client: Token,
  ckaId: string,
  spec: MaterialSpec,
  deadline: Deadline,
): Promise<Buffer> {
  if (specRow(spec.keySpec).keyType === 'hmac') {
    return client.call('mac', ckaId, { hash: 'sha256', message: CHECK }, deadline);
  }
  const plain = { plaintext: CHECK, aad: Buffer.alloc(0) };
  const { iv, tag, ciphertext } = await client
    .call('encrypt', ckaId, plain, deadline)
    .catch((error: unknown) => {
      // The token took a secret of a length that is no AES key's.
      throw error instanceof TokenError ? unfit(spec) : error;
    });
  return Buffer.concat([Buffer.from([iv.length]), iv, tag, ciphertext]);
}

/** Which of these materials the secret is; undefined when it is none of them. */
export async function findSame(
  client: Token,
  ckaId: string,
  spec: MaterialSpec,
  known: readonly KeyMaterial[],
  deadline: Deadline,
): Promise<KeyMaterial | undefined> {
  for (const material of known) {
    if (material.check && (await gives(client, ckaId, spec, material.check, deadline))) {
      return material;
    }
  }
  return undefined;
}

async function gives(
  client: Token,
  ckaId: string,
  spec: MaterialSpec,
  check: Buffer,
  deadline: Deadline,
): Promise<boolean> {
  if (specRow(spec.keySpec).keyType === 'hmac') {
    return check.equals(await checkOf(client, ckaId, spec, deadline));
  }
  const ivEnd = 1 + check.readUInt8(0);
  const parts = {
    iv: check.subarray(1, ivEnd),
    tag: check.subarray(ivEnd, ivEnd + TAG_BYTES),
    ciphertext: check.subarray(ivEnd + TAG_BYTES),
    aad: Buffer.alloc(0),
  };
  try {
    return CHECK.equals(await client.call('decrypt', ckaId, parts, deadline));
  } catch (error) {
    if (error instanceof TokenError) return false;
    throw error;
  }
}

export function unfit({ keySpec }: MaterialSpec): StoreError {
  return unfitMaterial(keySpec);
}
