/**
 * Every call of a token, once for both sides: what it takes and answers, where it runs, and what may
 * be done when its host dies. A new call is an entry of the map, a row of the table and a handler in
 * the host (worker-calls.ts or management-calls.ts).
 */
import type { HashName } from '../../crypto/algorithms.js';
import type { PublicJwk } from '../../crypto/public-jwk.js';
import { TAG_BYTES } from '../../kernel/gcm.js';
import type { Call, CallShapes } from './call.js';
import {
  type Examination,
  type ExaminationOrder,
  examination,
  examinationOrder,
  type OpenedSessions,
} from './key-examination.js';
import { type KeyClass, type ObjectInfo, objectInfo } from './key-objects.js';
import { type KeyIdentity, type KeyOrder, keyIdentity, keyOrder } from './key-order.js';
import { type KeyReports, type KeySearch, keyReports, keySearch } from './key-report.js';
import {
  type AesGcmCiphertext,
  type AesGcmPlaintext,
  aesGcmCiphertext,
  aesGcmPlaintext,
  hashName,
  type PeerPoint,
  peerPoint,
  publicJwk,
  type SignInput,
  signInput,
} from './key-use.js';
import {
  bytes,
  integer,
  nothing,
  perhaps,
  record,
  type Shape,
  text,
  truth,
  tuple,
} from './shapes.js';
import { TokenError, TokenHostError } from './token-error.js';
import {
  type WrappedKey,
  type WrappedMaterial,
  type WrappingOrder,
  wrappedKey,
  wrappedMaterial,
  wrappingOrder,
} from './wrapped-keys.js';

/** The calls by name: arguments and result. */
export interface TokenCalls {
  /** AES-256-GCM with a fresh IV. The plaintext must not be empty. */
  encrypt: Call<AesGcmPlaintext, AesGcmCiphertext>;
  /** The reverse. An invalid ciphertext or AAD gives a TokenError with the action `caller`. */
  decrypt: Call<AesGcmCiphertext & { readonly aad: Buffer }, Buffer>;
  /** Between 1 and 65,536 bytes of the token's random source. */
  random: Call<{ readonly length: number }, Buffer>;
  /** A signature as the token makes it: for ECDSA r‖s. */
  sign: Call<SignInput, Buffer>;
  /** HMAC, untruncated. */
  mac: Call<{ readonly hash: HashName; readonly message: Buffer }, Buffer>;
  /** ECDH: the x-coordinate, with its leading zeros. */
  derive: Call<PeerPoint, Buffer>;
  /** RSA-OAEP, MGF1 of the same hash. An invalid ciphertext gives the action `caller`. */
  decryptOaep: Call<{ readonly hash: HashName; readonly ciphertext: Buffer }, Buffer>;
  /** Makes sure of the login. */
  logIn: Call<undefined, undefined>;
  /** Asks the token itself. Undefined: it was asked, logged in, and has no such object. */
  findObject: Call<undefined, ObjectInfo | undefined>;
  /** What C_GetMechanismInfo says of the sizes of keys that the token generates: for RSA, bits. */
  keySizes: Call<{ readonly order: KeyOrder }, readonly [least: number, most: number]>;
  /**
   * Makes a secret token key with a known value, else as `generateKey` makes one. A key that could
   * leave the token is destroyed and the call fails as `unsafe-object`.
   */
  createKey: Call<KnownKey, undefined>;
  /**
   * Makes a token key that is sensitive and not extractable, with no usage but the ordered one, and
   * reads that back. A key that is not as ordered is destroyed and the call fails as `unsafe-object`.
   * Answers the public half of a pair.
   */
  generateKey: Call<{ readonly label: string; readonly order: KeyOrder }, PublicJwk | undefined>;
  /**
   * Unwraps a secret that was encrypted by RSA-OAEP for this pair, which has the purpose `unwrap`, to
   * a token key that is sensitive and not extractable. Without an identity it is only tried. An
   * invalid ciphertext gives whatever error the token has for it. Answers the secret's length in
   * octets, where the token says it.
   */
  unwrapKey: Call<UnwrapOrder, number | undefined>;
  /** Makes a key and wraps it: nothing of it stays in the token. */
  generateWrapped: Call<WrappingOrder, WrappedMaterial>;
  /** Unwraps a key, under its id, for the calls that follow. */
  loadKey: Call<WrappedKey, undefined>;
  /** Gives up the session object of a key that was loaded. */
  unloadKey: Call<{ readonly handle: Buffer }, undefined>;
  /** Says what the token says of keys, whoever made them. Changes nothing. */
  reportKeys: Call<KeySearch, KeyReports>;
  /** Makes a key, says what the token kept of it, and destroys it. For trials. */
  examineKey: Call<ExaminationOrder, Examination>;
  /** Opens so many sessions beside those that are open, and closes them. For trials. */
  trySessions: Call<{ readonly most: number }, OpenedSessions>;
  /** Destroys every key object with this CKA_ID. False when there was none. */
  destroyObject: Call<undefined, boolean>;
}

/** A secret key whose value is known outside, and what it is to be in the token. */
export interface KnownKey {
  readonly label: string;
  readonly order: KeyOrder;
  readonly value: Buffer;
}

/** A wrapped secret, and what it is to become. */
export interface UnwrapOrder {
  readonly hash: HashName;
  readonly wrapped: Buffer;
  readonly order: KeyOrder;
  readonly identity: KeyIdentity | undefined;
}

export type CallName = keyof TokenCalls;
export type ArgumentsOf<Name extends CallName> = TokenCalls[Name]['args'];
export type ResultOf<Name extends CallName> = TokenCalls[Name]['result'];

interface CallRow<Described extends Call<unknown, unknown>> extends CallShapes<Described> {
  /** `worker`: any session's thread. `management`: the one thread that changes objects. */
  readonly runs: 'worker' | 'management';
  /** Whether running it twice does no harm. */
  readonly repeatable: boolean;
  /**
   * What the call's CKA_ID names: the one object of a class, which a worker is handed; whatever the
   * management thread finds (`any`); nothing yet (`new`). `none`: the call has no CKA_ID.
   */
  readonly key: KeyClass | 'any' | 'new' | 'none';
  /** The error of arguments that are not sent at all. */
  readonly refusal?: (args: Described['args']) => Error | undefined;
}

type CallRows = { readonly [Name in CallName]: CallRow<TokenCalls[Name]> };

const MAX_RANDOM_BYTES = 65_536;

/** Every call a host offers. Both sides read this table. */
export const TOKEN_CALLS = {
  encrypt: {
    runs: 'worker',
    repeatable: true,
    key: 'secret',
    args: aesGcmPlaintext,
    result: aesGcmCiphertext,
    // An empty plaintext gives ARGUMENTS_BAD in some libraries and spoils the session.
    refusal: ({ plaintext }) =>
      plaintext.length === 0 ? TokenError.of('CKR_DATA_LEN_RANGE') : undefined,
  },
  decrypt: {
    runs: 'worker',
    repeatable: true,
    key: 'secret',
    args: record({ iv: bytes, ciphertext: bytes, tag: bytes, aad: bytes }),
    result: bytes,
    refusal: ({ iv, ciphertext, tag }) =>
      iv.length === 0 || ciphertext.length === 0 || tag.length !== TAG_BYTES
        ? TokenError.of('CKR_ENCRYPTED_DATA_LEN_RANGE')
        : undefined,
  },
  random: {
    runs: 'worker',
    repeatable: true,
    key: 'none',
    args: record({ length: integer }),
    result: bytes,
    refusal: ({ length }) =>
      Number.isInteger(length) && length >= 1 && length <= MAX_RANDOM_BYTES
        ? undefined
        : new RangeError(`Between 1 and ${MAX_RANDOM_BYTES} random bytes can be asked for`),
  },
  sign: { runs: 'worker', repeatable: true, key: 'private', args: signInput, result: bytes },
  mac: {
    runs: 'worker',
    repeatable: true,
    key: 'secret',
    args: record({ hash: hashName, message: bytes }),
    result: bytes,
  },
  derive: { runs: 'worker', repeatable: true, key: 'private', args: peerPoint, result: bytes },
  decryptOaep: {
    runs: 'worker',
    repeatable: true,
    key: 'private',
    args: record({ hash: hashName, ciphertext: bytes }),
    result: bytes,
  },
  logIn: { runs: 'management', repeatable: true, key: 'none', args: nothing, result: nothing },
  findObject: {
    runs: 'management',
    repeatable: true,
    key: 'any',
    args: nothing,
    result: perhaps(objectInfo),
  },
  keySizes: {
    runs: 'management',
    repeatable: true,
    key: 'none',
    args: record({ order: keyOrder }),
    result: tuple(integer, integer),
  },
  createKey: {
    runs: 'management',
    repeatable: false,
    key: 'new',
    args: record({ label: text, order: keyOrder, value: bytes }),
    result: nothing,
    refusal: ({ order, value }) =>
      (order.keyType === 'aes' || order.keyType === 'hmac') && value.length === order.bytes
        ? undefined
        : new TokenHostError('invalid', 'Only a secret of the ordered length can be a known key'),
  },
  generateKey: {
    runs: 'management',
    repeatable: false,
    key: 'new',
    args: record({ label: text, order: keyOrder }),
    result: perhaps(publicJwk),
  },
  unwrapKey: {
    runs: 'management',
    repeatable: false,
    key: 'any',
    args: record({
      hash: hashName,
      wrapped: bytes,
      order: keyOrder,
      identity: perhaps(keyIdentity),
    }),
    result: perhaps(integer),
  },
  generateWrapped: {
    runs: 'management',
    repeatable: true,
    key: 'none',
    args: wrappingOrder,
    result: wrappedMaterial,
  },
  loadKey: {
    runs: 'management',
    repeatable: true,
    key: 'any',
    args: wrappedKey,
    result: nothing,
  },
  unloadKey: {
    runs: 'management',
    repeatable: false,
    key: 'any',
    args: record({ handle: bytes }),
    result: nothing,
  },
  reportKeys: {
    runs: 'management',
    repeatable: true,
    key: 'none',
    args: keySearch,
    result: keyReports,
  },
  examineKey: {
    runs: 'management',
    repeatable: false,
    key: 'new',
    args: examinationOrder,
    result: examination,
  },
  trySessions: {
    runs: 'management',
    repeatable: true,
    key: 'none',
    args: record({ most: integer }),
    result: record({ opened: integer, code: perhaps(text) }),
  },
  destroyObject: {
    runs: 'management',
    repeatable: false,
    key: 'any',
    args: nothing,
    result: truth,
  },
} as const satisfies CallRows;

/** Whether a call takes a key's handle away. */
export function endsHandle(name: CallName): boolean {
  return name === 'destroyObject' || name === 'unloadKey';
}

type NamesWith<Column extends object> = {
  [Name in CallName]: (typeof TOKEN_CALLS)[Name] extends Column ? Name : never;
}[CallName];

export type WorkerCallName = NamesWith<{ readonly runs: 'worker' }>;
export type ManagementCallName = NamesWith<{ readonly runs: 'management' }>;

/**
 * What the caller names the call's key or object by, where the call has one: its CKA_ID, or all of a key
 * that is kept outside the token.
 */
export type KeyOf<Name extends CallName> =
  Name extends NamesWith<{ readonly key: 'none' }>
    ? undefined
    : Name extends WorkerCallName
      ? string | WrappedKey
      : string;

/** The row of one call, with its optional column visible to the type checker. */
export function callRow<Name extends CallName>(name: Name): CallRows[Name] {
  const rows: CallRows = TOKEN_CALLS;
  return rows[name];
}

/** The name of a call. */
export const callName: Shape<CallName> = (value): value is CallName =>
  typeof value === 'string' && Object.hasOwn(TOKEN_CALLS, value);

/** Whether a call runs on any session's thread. */
export function runsOnWorker(name: CallName): name is WorkerCallName {
  return TOKEN_CALLS[name].runs === 'worker';
}
