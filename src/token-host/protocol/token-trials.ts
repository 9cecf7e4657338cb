/** Trying out what a token can do: what is asked, and what comes of it. */
import type { HashName } from '../../crypto/algorithms.js';
import type { PublicJwk } from '../../crypto/public-jwk.js';
import { type Call, type ShapesOf, unpackAs } from './call.js';
import { packBody } from './frames.js';
import { type KeyOrder, keyOrder } from './key-order.js';
import {
  type AesGcmCiphertext,
  type AesGcmPlaintext,
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
  either,
  integer,
  listOf,
  perhaps,
  record,
  type Shape,
  text,
  truth,
  tuple,
} from './shapes.js';

/** Every trial of a key: what it is given, and what it answers to be judged by who asked. */
export interface TokenTrials {
  /** Encrypts, decrypts that again, and tries it with a wrong tag. */
  encrypt: Call<AesGcmPlaintext, AesGcmRoundTrip>;
  /** The MAC of each message. */
  mac: Call<{ readonly hash: HashName; readonly messages: readonly Buffer[] }, readonly Buffer[]>;
  /** What the ciphertext of this plaintext, made outside with the public half, decrypts to. */
  decryptOaep: Call<{ readonly hash: HashName; readonly plaintext: Buffer }, Buffer>;
  derive: Call<PeerPoint, Buffer>;
  sign: Call<SignInput, Buffer>;
}

export interface AesGcmRoundTrip extends AesGcmCiphertext {
  readonly opened: Buffer;
  /** Whether a wrong tag is refused. */
  readonly refuses: boolean;
}

export type TrialName = keyof TokenTrials;

const TOKEN_TRIALS: ShapesOf<TokenTrials> = {
  encrypt: {
    args: aesGcmPlaintext,
    result: record({ iv: bytes, ciphertext: bytes, tag: bytes, opened: bytes, refuses: truth }),
  },
  mac: { args: record({ hash: hashName, messages: listOf(bytes) }), result: listOf(bytes) },
  decryptOaep: { args: record({ hash: hashName, plaintext: bytes }), result: bytes },
  derive: { args: peerPoint, result: bytes },
  sign: { args: signInput, result: bytes },
};

/** A trial with its arguments packed. */
export interface TrialTask {
  readonly trial: TrialName;
  readonly args: Buffer;
}

/** A key to be made for the time of the probe, and what to do with it. */
export interface ProbeRequest {
  readonly order: KeyOrder;
  /** The value of a secret key, imported where the token allows it. */
  readonly secret: Buffer | undefined;
  readonly tasks: readonly TrialTask[];
}

/** A trial's packed result, or why there is none. */
export type TrialAnswer = Buffer | string;

/** What came of a probe. */
export interface ProbeReport {
  /** False for a secret key with a value of its own, because it can't be imported. */
  readonly imported: boolean;
  readonly publicKey: PublicJwk | undefined;
  /** What C_GetMechanismInfo says of key generation: for RSA, bits. */
  readonly keySizes: readonly [least: number, most: number] | undefined;
  /** In the order of the tasks. */
  readonly answers: readonly TrialAnswer[];
}

export const probeRequest: Shape<ProbeRequest> = record({
  order: keyOrder,
  secret: perhaps(bytes),
  tasks: listOf(record({ trial: isTrialName, args: bytes })),
});

export const probeReport: Shape<ProbeReport> = record({
  imported: truth,
  publicKey: perhaps(publicJwk),
  keySizes: perhaps(tuple(integer, integer)),
  answers: listOf(either(bytes, text)),
});

/** A trial to be asked for. */
export function trialTask<Name extends TrialName>(
  trial: Name,
  args: TokenTrials[Name]['args'],
): TrialTask {
  return { trial, args: packBody(args) };
}

/** The arguments of a trial. Throws FrameError or ShapeError. */
export function trialArguments<Name extends TrialName>(
  trial: Name,
  packed: Uint8Array,
): TokenTrials[Name]['args'] {
  return unpackAs(TOKEN_TRIALS[trial].args, packed);
}

/** The result of a trial. Throws FrameError or ShapeError. */
export function trialResult<Name extends TrialName>(
  trial: Name,
  packed: Uint8Array,
): TokenTrials[Name]['result'] {
  return unpackAs(TOKEN_TRIALS[trial].result, packed);
}

function isTrialName(value: unknown): value is TrialName {
  return typeof value === 'string' && Object.hasOwn(TOKEN_TRIALS, value);
}
