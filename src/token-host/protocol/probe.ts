/** Trying out what a token can do: what is asked, and what comes of it. */
import type { PublicJwk } from '../../crypto/public-jwk.js';
import type { KeyOrder } from './key-order.js';
import type { OperationName } from './protocol.js';

/** An operation with its arguments. */
export type ProbeTask = readonly [operation: OperationName, args: readonly unknown[]];

/** A key to be made for the time of the probe, and what to do with it. */
export type ProbeRequest = readonly [
  order: KeyOrder,
  /** The value of a secret key, imported where the token allows it. */
  secret: Buffer | null,
  tasks: readonly ProbeTask[],
];

/** What came of it. The answers are judged by who asked. */
export interface ProbeReport {
  /** False for a secret key with a value of its own, because it can't be imported. */
  readonly imported: boolean;
  readonly publicKey: PublicJwk | null;
  /** What C_GetMechanismInfo says of key generation: for RSA, bits. */
  readonly keySizes: readonly [least: number, most: number] | null;
  /** In the order of the tasks: `[answer]`, or why there is none. */
  readonly answers: readonly (readonly [answer: unknown] | string)[];
}
