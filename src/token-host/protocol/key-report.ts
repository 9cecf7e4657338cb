/** What a token says of keys that are in it, whoever made them. */
import type { CurveName } from '../../crypto/curves.js';
import type { PublicJwk } from '../../crypto/public-jwk.js';
import { isCurveName, isTokenKeyType, type TokenKeyType } from './key-order.js';
import { publicJwk } from './key-use.js';
import { integer, listOf, oneOf, perhaps, record, type Shape, text, truth } from './shapes.js';
import { type TokenInfo, tokenInfo } from './token-info.js';

/** Which keys are looked for: what is named must all be so. At least one is named. */
export interface KeySearch {
  readonly ckaId?: string;
  readonly label?: string;
}

/** CKA_… of a secret or private key, as far as the token says them. */
export const KEY_TRUTHS = [
  'sensitive',
  'extractable',
  'alwaysSensitive',
  'neverExtractable',
  'local',
  'encrypt',
  'decrypt',
  'sign',
  'derive',
] as const;
export type KeyTruth = (typeof KEY_TRUTHS)[number];

/** One secret or private key. */
export interface KeyReport {
  /** Empty when it has none. */
  readonly ckaId: string;
  readonly label: string;
  readonly objectClass: 'secret' | 'private';
  /** Undefined for a type, or a curve, that no KMS key has. */
  readonly kind:
    | { readonly keyType: TokenKeyType; readonly bytes: number; readonly curve?: CurveName }
    | undefined;
  /** Of a private key: from its one public object, or from itself; undefined when neither has it. */
  readonly publicKey: PublicJwk | undefined;
  readonly truths: Readonly<Partial<Record<KeyTruth, boolean>>>;
  /** CKA_KEY_GEN_MECHANISM (CKM_…). */
  readonly keyGenMechanism: number | undefined;
}

export interface KeyReports {
  readonly token: TokenInfo;
  /** At most `MOST_KEY_REPORTS`. */
  readonly keys: readonly KeyReport[];
}

/** More than one is too many for whoever asks; a label may be that of every key. */
export const MOST_KEY_REPORTS = 2;

export const keySearch: Shape<KeySearch> = record({}, { ckaId: text, label: text });

const optionalTruths = Object.fromEntries(KEY_TRUTHS.map((name) => [name, truth])) as Record<
  KeyTruth,
  typeof truth
>;

const keyReport: Shape<KeyReport> = record({
  ckaId: text,
  label: text,
  objectClass: oneOf('secret', 'private'),
  kind: perhaps(record({ keyType: isTokenKeyType, bytes: integer }, { curve: isCurveName })),
  publicKey: perhaps(publicJwk),
  truths: record({}, optionalTruths),
  keyGenMechanism: perhaps(integer),
});

export const keyReports: Shape<KeyReports> = record({ token: tokenInfo, keys: listOf(keyReport) });
