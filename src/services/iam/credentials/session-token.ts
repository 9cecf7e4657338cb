/**
 * Temporary credentials. They are stateless: the session token holds, sealed, who acts and the
 * secret, so that no server has to store a session or ask for one.
 *
 * A token is base64 of: version, 1 octet; AES-256-GCM IV, 12; tag, 16; ciphertext. Version and access
 * key id are its additional data. What it says is deflated, and padded where a longer token was asked for.
 */
import type { KeyObject } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import {
  decryptGcm,
  encryptGcm,
  IV_BYTES,
  packGcm,
  TAG_BYTES,
  unpackGcm,
} from '../../../kernel/gcm.js';
import { makeSecretAccessKey, makeTemporaryAccessKeyId, type RandomBytes } from './access-key.js';

/** Who acts, and within which limits. Times are epoch milliseconds. */
export interface SessionClaims {
  readonly principal: 'root' | 'user' | 'role';
  readonly accountId: string;
  /** Of the user or role. */
  readonly uniqueId?: string;
  readonly sessionName?: string;
  /** What the user, or the root user, calls whom it has federated; then that is who acts. */
  readonly federatedName?: string;
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
  /** By what the session was narrowed later: all of them bind. */
  readonly scopeDown?: readonly string[];
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

/** Longest token that is made, in octets (base64 characters). Source: STS API Reference. */
export const MAX_SESSION_TOKEN = 4096;
/** Of those that services get in a caller's name, which have more to say; and of the first version's. */
const MAX_LONG_TOKEN = 16_384;
/** What a token may say, in octets, before it is deflated: memory has it as long as it is used. */
const MAX_TEXT = 12_288;
const MAX_LONG_TEXT = 16_384;
const VERSION = 2;
const LENGTH_BYTES = 2;
const MAX_OPENED = 20_000;

/** A session has more policies and tags than a token can hold. Sizes are in octets. */
export class SessionTooLarge extends Error {
  override readonly name = 'SessionTooLarge';
  readonly of: 'token' | 'text';
  readonly size: number;
  readonly limit: number;

  constructor(of: 'token' | 'text', size: number, limit: number) {
    super(`the session's ${of} has ${size} octets, which is more than ${limit}`);
    this.of = of;
    this.size = size;
    this.limit = limit;
  }
}

export class SessionTokens {
  readonly #key: KeyObject;
  readonly #randomBytes: RandomBytes;
  readonly #opened = new LRUCache<string, OpenedSession>({ max: MAX_OPENED });

  constructor({ key, randomBytes }: { key: KeyObject; randomBytes: RandomBytes }) {
    this.#key = key;
    this.#randomBytes = randomBytes;
  }

  /**
   * @param minimumSize octets that the token has at least, up to 4,096
   * @throws SessionTooLarge
   */
  issue(claims: SessionClaims, minimumSize = 0): TemporaryCredentials {
    const accessKeyId = makeTemporaryAccessKeyId(this.#randomBytes);
    const secretAccessKey = makeSecretAccessKey(this.#randomBytes);
    const text = Buffer.from(JSON.stringify({ secretAccessKey, claims }), 'utf8');
    const maxText = claims.via ? MAX_LONG_TEXT : MAX_TEXT;
    if (text.length > maxText) throw new SessionTooLarge('text', text.length, maxText);
    const padded = paddedText(text, minimumSize);
    text.fill(0);
    const iv = this.#randomBytes(IV_BYTES);
    const sealed = packGcm(encryptGcm(this.#key, padded, additionalData(VERSION, accessKeyId), iv));
    padded.fill(0);
    const sessionToken = Buffer.concat([Buffer.from([VERSION]), sealed]).toString('base64');
    const limit = claims.via ? MAX_LONG_TOKEN : MAX_SESSION_TOKEN;
    const { length } = sessionToken;
    if (length > limit) throw new SessionTooLarge('token', length, limit);
    return { accessKeyId, secretAccessKey, sessionToken, expiresAt: claims.expiresAt };
  }

  /**
   * What a token says that was made here for this access key, expired or not; undefined for any other
   * text. Never throws.
   */
  open(accessKeyId: string, sessionToken: string): OpenedSession | undefined {
    if (sessionToken.length > MAX_LONG_TOKEN) return undefined;
    const ref = `${accessKeyId} ${sessionToken}`;
    const known = this.#opened.get(ref);
    if (known) return known;
    const opened = this.#decrypt(accessKeyId, sessionToken);
    if (opened) this.#opened.set(ref, opened);
    return opened;
  }

  #decrypt(accessKeyId: string, sessionToken: string): OpenedSession | undefined {
    const bytes = Buffer.from(sessionToken, 'base64');
    const [version = 0] = bytes;
    const textOf = TEXTS.get(version);
    const parts = textOf && unpackGcm(bytes.subarray(1));
    // One token, one text: base64 that decodes the same isn't the same.
    if (!parts || bytes.toString('base64') !== sessionToken) return undefined;
    const sealed = decryptGcm(this.#key, parts, additionalData(version, accessKeyId));
    return sealed && JSON.parse(textOf(sealed).toString('utf8'));
  }
}

/** By version, what is sealed in a token: the first one's is the text itself. */
const TEXTS: ReadonlyMap<number, (sealed: Buffer) => Buffer> = new Map([
  [1, (sealed: Buffer) => sealed],
  [VERSION, textIn],
]);

/** The length of the deflated text, the deflated text, and zeros until the token is long enough. */
function paddedText(text: Buffer, minimumSize: number): Buffer {
  const deflated = deflateRawSync(text);
  const ofToken = Math.ceil(minimumSize / 4) * 3;
  const around = 1 + IV_BYTES + TAG_BYTES;
  const padded = Buffer.alloc(Math.max(LENGTH_BYTES + deflated.length, ofToken - around));
  padded.writeUInt16BE(deflated.length);
  deflated.copy(padded, LENGTH_BYTES);
  deflated.fill(0);
  return padded;
}

function textIn(padded: Buffer): Buffer {
  const end = LENGTH_BYTES + padded.readUInt16BE();
  return inflateRawSync(padded.subarray(LENGTH_BYTES, end), { maxOutputLength: MAX_LONG_TEXT });
}

function additionalData(version: number, accessKeyId: string): Buffer {
  return Buffer.from(`strongroom session\0${version}\0${accessKeyId}`, 'utf8');
}
