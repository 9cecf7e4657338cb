/** The key of a token under which the keys are wrapped that are kept in the database. */
import { randomBytes } from 'node:crypto';
import type { Deadline } from '../../kernel/time.js';
import type { Token } from '../../token-host/client/token.js';
import { AES_256, type KeyOrder } from '../../token-host/protocol/key-order.js';
import { TokenError, TokenHostError } from '../../token-host/protocol/token-error.js';
import {
  WRAPPING_SCHEMES,
  type Wrapping,
  type WrappingScheme,
} from '../../token-host/protocol/wrapped-keys.js';
import type { WrappingKeyRepository } from './wrapping-key-repository.js';

const CKA_ID_BYTES = 16;
const TRIAL_BYTES = 32;

/** It wraps and unwraps, and does nothing else: a key that decrypts would give out what it wraps. */
export const WRAPPING_KEY: KeyOrder = { keyType: 'aes', purpose: 'unwrap', bytes: 32 };

/** The token can't serve keys that are kept in the database. */
export class NoWrappingKey extends Error {
  override readonly name = 'NoWrappingKey';
}

export interface WrappingKeyOptions {
  readonly tokenId: string;
  readonly client: Token;
  readonly wrappingKeys: WrappingKeyRepository;
}

/**
 * The token's wrapping key; made the first time, and never a second time: what was wrapped under it can
 * be unwrapped by no other.
 * @throws NoWrappingKey when the token lost it, or can't wrap; TokenError, TokenHostError, BrokenSeal
 */
export async function wrappingKeyOf(
  { tokenId, client, wrappingKeys }: WrappingKeyOptions,
  deadline: Deadline,
): Promise<Wrapping> {
  await wrappingKeys.intend(tokenId, randomBytes(CKA_ID_BYTES).toString('hex'));
  const row = await wrappingKeys.find(tokenId);
  if (!row) throw new Error('the intent of the wrapping key is gone');
  const { ckaId } = row;
  const isThere = (await client.call('findObject', ckaId, undefined, deadline)) !== undefined;
  if (row.scheme !== undefined) {
    if (isThere) return { wrapping: ckaId, scheme: row.scheme };
    throw new NoWrappingKey(
      `the token ${tokenId} does not hold the wrapping key ${ckaId}, without which no key of this store can be used: it is another token, or an older one`,
    );
  }
  const scheme = await wrappingKeys.confirm(tokenId, async () => {
    if (!(await client.call('findObject', ckaId, undefined, deadline))) {
      const label = `strongroom:wrapping:${ckaId}`;
      await client.call('generateKey', ckaId, { label, order: WRAPPING_KEY }, deadline);
    }
    return provenScheme(client, tokenId, ckaId, deadline);
  });
  return { wrapping: ckaId, scheme };
}

/**
 * The first scheme by which a key comes back as it was.
 * @throws NoWrappingKey when there is none; TokenError, TokenHostError
 */
export async function provenScheme(
  client: Token,
  tokenId: string,
  wrapping: string,
  deadline: Deadline,
): Promise<WrappingScheme> {
  const refusals: string[] = [];
  for (const scheme of WRAPPING_SCHEMES) {
    try {
      if (await works(client, { wrapping, scheme }, deadline)) return scheme;
      refusals.push(`${scheme}: a wrong answer`);
    } catch (error) {
      const told = error instanceof TokenError && error.action === 'failed';
      const unsafe = error instanceof TokenHostError && error.kind === 'unsafe-object';
      if (!told && !unsafe) throw error;
      refusals.push(`${scheme}: ${told ? error.code : 'a key that could leave'}`);
    }
  }
  throw new NoWrappingKey(`the token ${tokenId} can't wrap keys (${refusals.join(', ')})`);
}

/** What one unwrapping of a key encrypts, another decrypts. */
async function works(client: Token, wrapping: Wrapping, deadline: Deadline): Promise<boolean> {
  const order = { ...wrapping, order: AES_256 };
  const { wrapped } = await client.call('generateWrapped', undefined, order, deadline);
  const plaintext = randomBytes(TRIAL_BYTES);
  const aad = randomBytes(TRIAL_BYTES);
  const loaded = () => ({ ...order, wrapped, id: `trial:${randomBytes(8).toString('hex')}` });
  const sealed = await client.call('encrypt', loaded(), { plaintext, aad }, deadline);
  return plaintext.equals(await client.call('decrypt', loaded(), { ...sealed, aad }, deadline));
}
