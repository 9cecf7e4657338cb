/** An account as the issuer of web identity tokens, and its signing keys as they come and go. */
import type { PublicJwk } from '../../../crypto/public-jwk.js';
import { MINUTE_MS } from '../../../kernel/time.js';
import type { WebIdentitySigning } from '../../kms/port.js';

/** What is known of an algorithm of web identity tokens. */
interface TokenAlgorithm {
  /** Begins the alias of KMS under which a key is. */
  readonly alias: string;
  /** Begins `kid`. Source: recorded-iam-cloudtrail-tagging.md §3, "Outbound identity". */
  readonly kid: string;
  readonly digest: 'sha256' | 'sha384';
  readonly signing: WebIdentitySigning;
}

export const TOKEN_ALGORITHMS = {
  RS256: {
    ...{ alias: 'alias/aws/sts-rs256', kid: 'RSA', digest: 'sha256' },
    signing: 'RSASSA_PKCS1_V1_5_SHA_256',
  },
  ES384: {
    ...{ alias: 'alias/aws/sts-es384', kid: 'EC384', digest: 'sha384' },
    signing: 'ECDSA_SHA_384',
  },
} as const satisfies Readonly<Record<string, TokenAlgorithm>>;

export type TokenAlgorithmName = keyof typeof TOKEN_ALGORITHMS;

export function isTokenAlgorithm(name: string): name is TokenAlgorithmName {
  return Object.hasOwn(TOKEN_ALGORITHMS, name);
}

export interface SigningKey {
  readonly algorithm: TokenAlgorithmName;
  /** From 0, one after the other. */
  readonly ordinal: number;
  /** By the calendar, in epoch milliseconds. */
  readonly publishedAt: number;
  readonly jwk: PublicJwk;
}

export interface Issuer {
  readonly accountId: string;
  /** Ends the issuer's URL; the account keeps it, whatever is switched off and on. */
  readonly issuerId: string;
  /** Where the account has the keys. */
  readonly region: string;
  readonly enabled: boolean;
  /** Each that may still have signed a token that hasn't ended. */
  readonly keys: readonly SigningKey[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

/** A token lasts no longer. Source: STS API Reference, GetWebIdentityToken. */
export const MAX_TOKEN_SECONDS = 3600;
/** Verifiers keep published keys for so long. */
export const KEYS_FRESH_SECONDS = 300;
/** A successor is published for so long before it signs, so that every verifier has it. */
const PUBLISHED_AHEAD_MS = 2 * KEYS_FRESH_SECONDS * 1000;
/** What verifiers' clocks may be behind. */
const CLOCKS_APART_MS = 5 * MINUTE_MS;

export function keysOf({ keys }: Issuer, algorithm: TokenAlgorithmName): readonly SigningKey[] {
  return keys
    .filter((key) => key.algorithm === algorithm)
    .toSorted((one, other) => one.ordinal - other.ordinal);
}

/** The key that signs now: the newest that every verifier has. Undefined: there is none yet. */
export function signingKey(
  issuer: Issuer,
  algorithm: TokenAlgorithmName,
  now: number,
): SigningKey | undefined {
  const keys = keysOf(issuer, algorithm);
  return keys.findLast(({ publishedAt }) => now - publishedAt >= PUBLISHED_AHEAD_MS) ?? keys[0];
}

/** The keys that may have signed a token that hasn't ended, and those that will sign. */
export function liveKeys(issuer: Issuer, now: number): readonly SigningKey[] {
  return issuer.keys.filter((key) => {
    const successor = keysOf(issuer, key.algorithm).find(({ ordinal }) => ordinal > key.ordinal);
    if (!successor) return true;
    const signedUntil = successor.publishedAt + PUBLISHED_AHEAD_MS;
    return now < signedUntil + MAX_TOKEN_SECONDS * 1000 + CLOCKS_APART_MS;
  });
}

export function keyIdOf({ algorithm, ordinal }: Pick<SigningKey, 'algorithm' | 'ordinal'>) {
  return `${TOKEN_ALGORITHMS[algorithm].kid}_${ordinal}`;
}

export function aliasOf({ algorithm, ordinal }: Pick<SigningKey, 'algorithm' | 'ordinal'>) {
  return `${TOKEN_ALGORITHMS[algorithm].alias}-${ordinal}`;
}
