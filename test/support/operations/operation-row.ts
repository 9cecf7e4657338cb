import type { KeySpec, KeyUsage } from '../../../src/crypto/algorithms.js';
import type { OperationName } from '../faces/face.js';
import type { KeyFact, Outcome, StateRow } from './key-states.js';
import type { Surroundings } from './surroundings.js';

export type Json = Record<string, unknown>;

/** A key's spec and usage. */
interface Kind {
  readonly keySpec: KeySpec;
  readonly keyUsage: KeyUsage;
  /** No token of the tests holds such a key: it is made in software, whatever the store of a suite. */
  readonly onlySoftware?: true;
}

/** A small key of every kind that some operation needs. */
export const KINDS = {
  symmetric: { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' },
  'RSA encryption': { keySpec: 'RSA_2048', keyUsage: 'ENCRYPT_DECRYPT' },
  signing: { keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY' },
  agreement: { keySpec: 'ECC_NIST_P256', keyUsage: 'KEY_AGREEMENT' },
  MAC: { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' },
  encapsulation: {
    ...{ keySpec: 'ML_KEM_512', keyUsage: 'ENCAPSULATE_DECAPSULATE' },
    onlySoftware: true,
  },
} as const satisfies Readonly<Record<string, Kind>>;
export type KindName = keyof typeof KINDS;

/** Whether keys of this kind, symmetric ones if it isn't said, are in software always. */
export const isOnlySoftware = (kind: KindName = 'symmetric') => 'onlySoftware' in KINDS[kind];

/** Which keys the grants of an operation may be on. Source: Developer Guide, "Grant operations". */
export type GrantKeys =
  | 'every key'
  | 'encryption'
  | 'symmetric'
  | 'signing'
  | 'MAC'
  | 'agreement'
  | 'encapsulation'
  | 'asymmetric';

/** What the audit trail shows of a call that succeeds, where it isn't what it shows of most. */
export interface Recorded {
  /** Parameters beside `keyId`, which is as it was given; null for none at all. */
  readonly request?: (input: Json, at: Surroundings) => Json | null;
  /** The answer's elements; those of a change are the ARN of its key otherwise, and of the others none. */
  readonly response?: (output: Json, at: Surroundings) => Json | null | Promise<Json>;
  /** ARNs in their order; otherwise the key's. */
  readonly resources?: (
    at: Surroundings,
    output: Json,
  ) => readonly string[] | Promise<readonly string[]>;
  /** additionalEventData beside the decisions. */
  readonly additional?: Json;
}

/**
 * One operation with one of its keys: all that tests know of it. A new operation is one more row, which
 * the suites of states, identifiers, usages, dry runs, grants, records and bodies then run over.
 */
export interface OperationRow {
  readonly operation: OperationName;
  /** Tells the rows of one operation apart. */
  readonly of?: string;
  /** Which of the operation's keys is meant: the second, or else the first. */
  readonly second?: true;
  /** The kind of key that it works on; symmetric where it isn't said. */
  readonly kind?: KindName;
  /** What its key has to be, where it isn't just any of its kind. */
  readonly key?: 'imported' | 'primary';
  /** How the key may be named: in all four forms, by key id and key ARN, or by an alias only. */
  readonly forms?: 'any' | 'key' | 'alias';
  /** The IAM action, where it isn't the operation's name. */
  readonly action?: string;
  /** Its row in the table of key states; none for operations without a key. */
  readonly states?: StateRow;
  /** What it refuses by what the key is beside its state. */
  readonly refuses?: Partial<Record<KeyFact, Outcome>>;
  /** Leaves something changed when it succeeds. */
  readonly changes?: true;
  /** What it needs done to its key first, in the suites that aren't about states. */
  readonly before?: (at: Surroundings) => Promise<unknown>;
  /** The members for the key named `id`, with which it succeeds. */
  readonly input: (id: string, at: Surroundings) => object | Promise<object>;
  /** What has to be seen after it before the next row is called. */
  readonly after?: (at: Surroundings, output: Json) => unknown;
  readonly dryRun?: true;
  readonly grant?: GrantKeys;
  /** How AWS answers on the wire: no octets, an empty object, or members. */
  readonly body?: 'nothing' | '{}' | 'members';
  /** Of rows that the suite of the audit trail goes through. */
  readonly recorded?: Recorded;
}

export const titleOf = ({ operation, of }: OperationRow) =>
  of ? `${operation} (${of})` : operation;
