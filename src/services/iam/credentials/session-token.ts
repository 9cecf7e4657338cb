/**
 * Temporary credentials. They are stateless: the session token holds, sealed, who acts and the
 * secret, so that no server has to store a session or ask for one.
 *
 * A token is base64 of: version, 1 octet; AES-256-GCM IV, 12; tag, 16; ciphertext. Version and access
 * key id are its additional data.
 */
import type { KeyObject } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { decryptGcm, encryptGcm, IV_BYTES, packGcm, unpackGcm } from '../../../kernel/gcm.js';
import { makeSecretAccessKey, makeTemporaryAccessKeyId, type RandomBytes } from './access-key.js';

/** Who acts, and within which limits. Times are epoch milliseconds. */
export interface SessionClaims {
  readonly principal: 'root' | 'user' | 'role';
  readonly accountId: string;
  /** Of the user or role. */
  readonly uniqueId?: string;
  readonly sessionName?: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly mfaAt?: number;
  readonly sourceIdentity?: string;
  /** ARN of the OIDC provider that vouched for the caller. */
  readonly federatedProvider?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly transitiveTagKeys?: readonly string[];
  readonly sessionPolicies?: readonly string[];
  readonly sessionPolicyArns?: readonly string[];
  /** The access key of the caller in whose name a service acts: the session ends with it. */
  readonly forwardedFrom?: string;
  /** The service that acts in the caller's name. */
  readonly via?: { readonly serviceName: string; readonly sourceArn?: string };
}

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: number;
}

export interface OpenedSession {
  readonly secretAccessKey: string;
  readonly claims: SessionClaims;
}

/** Longest token that is made or looked at, in base64 characters. */
export const MAX_SESSION_TOKEN = 16_384;
const VERSION = 1;
const MAX_OPENED = 20_000;

/** AWS doesn't say how it packs; ours is what policies and tags take when deflated, of this many octets. */
const MAX_PACKED_BYTES = 4096;

export class SessionTokens {
  readonly #key: KeyObject;
  readonly #randomBytes: RandomBytes;
  readonly #opened = new LRUCache<string, OpenedSession>({ max: MAX_OPENED });

  constructor({ key, randomBytes }: { key: KeyObject; randomBytes: RandomBytes }) {
    this.#key = key;
    this.#randomBytes = randomBytes;
  }

  issue(claims: SessionClaims): TemporaryCredentials {
    const accessKeyId = makeTemporaryAccessKeyId(this.#randomBytes);
    const secretAccessKey = makeSecretAccessKey(this.#randomBytes);
    const text = Buffer.from(JSON.stringify({ secretAccessKey, claims }), 'utf8');
    const iv = this.#randomBytes(IV_BYTES);
    const sealed = packGcm(encryptGcm(this.#key, text, additionalData(accessKeyId), iv));
    text.fill(0);
    const sessionToken = Buffer.concat([Buffer.from([VERSION]), sealed]).toString('base64');
    return { accessKeyId, secretAccessKey, sessionToken, expiresAt: claims.expiresAt };
  }

  /**
   * What a token says that was made here for this access key, expired or not; undefined for any other
   * text. Never throws.
   */
  open(accessKeyId: string, sessionToken: string): OpenedSession | undefined {
    if (sessionToken.length > MAX_SESSION_TOKEN) return undefined;
    const ref = `${accessKeyId} ${sessionToken}`;
    const known = this.#opened.get(ref);
    if (known) return known;
    const opened = this.#decrypt(accessKeyId, sessionToken);
    if (opened) this.#opened.set(ref, opened);
    return opened;
  }

  #decrypt(accessKeyId: string, sessionToken: string): OpenedSession | undefined {
    const bytes = Buffer.from(sessionToken, 'base64');
    const parts = bytes[0] === VERSION ? unpackGcm(bytes.subarray(1)) : undefined;
    // One token, one text: base64 that decodes the same isn't the same.
    if (!parts || bytes.toString('base64') !== sessionToken) return undefined;
    const text = decryptGcm(this.#key, parts, additionalData(accessKeyId));
    return text && JSON.parse(text.toString('utf8'));
  }
}

/** How much of the room for policies and tags a session takes, in percent; above 100 it has none. */
export function packedPolicySize(
  claims: Pick<SessionClaims, 'sessionPolicies' | 'sessionPolicyArns' | 'tags'>,
): number {
  const { sessionPolicies, sessionPolicyArns, tags } = claims;
  if (!sessionPolicies?.length && !sessionPolicyArns?.length && !Object.keys(tags ?? {}).length)
    return 0;
  const text = JSON.stringify([sessionPolicies, sessionPolicyArns, tags]);
  return Math.ceil((deflateRawSync(text).length * 100) / MAX_PACKED_BYTES);
}

function additionalData(accessKeyId: string): Buffer {
  return Buffer.from(`strongroom session\0${VERSION}\0${accessKeyId}`, 'utf8');
}
