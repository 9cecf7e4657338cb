/**
 * The transport key: an RSA pair in this server's root token, under which other servers wrap material
 * that is meant for it. What was wrapped can be opened by that token alone.
 */

import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import type { HashName } from '../../../crypto/algorithms.js';
import { subjectPublicKeyInfo } from '../../../crypto/open-jwk.js';
import type { Deadline } from '../../../kernel/time.js';
import type { TokenClient } from '../../../token-host/client/client.js';
import { TokenError } from '../../../token-host/protocol/token-error.js';
import type { PeerRepository } from './peer-repository.js';

const MODULUS_BYTES = 256;
/** Not every token undoes OAEP with SHA-256; SHA-1 is as good for OAEP (RFC 8017 §B.1). */
const HASHES = ['sha256', 'sha1'] as const satisfies readonly HashName[];
export type TransportHash = (typeof HASHES)[number];

/** What a sender needs. */
export interface TransportPublicKey {
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  readonly hash: TransportHash;
}

export class TransportKey {
  readonly #client: TokenClient;
  readonly #repository: PeerRepository;
  #making: Promise<TransportPublicKey & { ckaId: string }> | undefined;

  constructor(options: { readonly client: TokenClient; readonly repository: PeerRepository }) {
    this.#client = options.client;
    this.#repository = options.repository;
  }

  /** The public half; the pair is made when it is first asked for. */
  async publicKey(deadline: Deadline): Promise<TransportPublicKey> {
    const { publicKey, hash } = await this.#pair(deadline);
    return { publicKey, hash };
  }

  /** @throws TokenError with the action `caller` for what wasn't wrapped for this key */
  async open(wrapped: Buffer, deadline: Deadline): Promise<Buffer> {
    const { ckaId, hash } = await this.#pair(deadline);
    return this.#client.call('decryptOaep', ckaId, { hash, ciphertext: wrapped }, deadline);
  }

  #pair(deadline: Deadline) {
    this.#making ??= this.#findOrMake(deadline).catch((error: unknown) => {
      this.#making = undefined;
      throw error;
    });
    return this.#making;
  }

  async #findOrMake(deadline: Deadline) {
    const stored = await this.#repository.findTransportKey();
    if (stored?.status === 'live' && (await this.#isThere(stored.ckaId, deadline))) return stored;
    // One that was intended and never confirmed, or that the token has lost, is replaced.
    if (stored) await this.#client.call('destroyObject', stored.ckaId, undefined, deadline);
    const ckaId = randomBytes(16).toString('hex');
    await this.#repository.intendTransportKey(ckaId, stored?.ckaId);
    const order = { keyType: 'rsa', purpose: 'encrypt', bytes: MODULUS_BYTES } as const;
    const label = `strongroom:transport:${ckaId}`;
    const jwk = await this.#client.call('generateKey', ckaId, { label, order }, deadline);
    if (!jwk) throw new Error('the token gave no public key');
    const publicKey = subjectPublicKeyInfo(jwk);
    const hash = await this.#provenHash(ckaId, publicKey, deadline);
    await this.#repository.confirmTransportKey({ ckaId, publicKey, hash });
    return { ckaId, publicKey, hash };
  }

  /** The token is asked itself: a wrong no would replace the pair. */
  async #isThere(ckaId: string, deadline: Deadline): Promise<boolean> {
    const found = await this.#client.call('findObject', ckaId, undefined, deadline);
    return found !== undefined && found.objectClass !== 'public';
  }

  async #provenHash(ckaId: string, publicKey: Buffer, deadline: Deadline): Promise<TransportHash> {
    const secret = randomBytes(32);
    for (const hash of HASHES) {
      const ciphertext = wrapFor({ publicKey, hash }, secret);
      try {
        const opened = await this.#client.call(
          'decryptOaep',
          ckaId,
          { hash, ciphertext },
          deadline,
        );
        if (opened.equals(secret)) return hash;
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
      }
    }
    throw new Error('the root token cannot decrypt RSA-OAEP: it can take no part in replication');
  }
}

/** RSA-OAEP with MGF1 of the same hash. */
export function wrapFor({ publicKey, hash }: TransportPublicKey, secret: Buffer): Buffer {
  const key = createPublicKey({ key: publicKey, format: 'der', type: 'spki' });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  return publicEncrypt({ key, padding, oaepHash: hash }, secret);
}
