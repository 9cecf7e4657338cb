/** What the parts of the raw loop tell each other; see raw-loop.ts. */
import type { Mechanism } from '../../src/token-host/host/pkcs11.js';
import type { Latencies } from './latencies.js';

export type RawOperation = 'encrypt' | 'decrypt' | 'sign';

/** A signature or MAC in one part. */
export interface RawSigning {
  /** Its parameter must be of plain numbers, since it goes through JSON. */
  readonly mechanism: Mechanism;
  readonly inputBytes: number;
  readonly outputBytes: number;
}

/** The token that the loop works on. */
export interface RawToken {
  readonly module: string;
  readonly label: string;
  readonly pin: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a thread does. */
interface RawWork {
  readonly operation: RawOperation;
  /** For the operation `sign`. */
  readonly signing?: RawSigning;
  readonly plaintextBytes: number;
  readonly aadBytes: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What the process is told, on its standard input. */
export interface RawLoopOrder extends RawToken, RawWork {
  /** The KMS key whose secret or private key is used. */
  readonly keyId: string;
  /** Threads, each with a session of its own. */
  readonly sessions: number;
}

/** What it answers, on its standard output. */
export interface RawLoopResult extends Latencies {
  readonly callsPerSecond: number;
  /** The CPU of the loop's process, in microseconds a call. */
  readonly cpuPerCall: number;
}

export interface RawThreadData extends RawWork {
  readonly module: string;
  /** CK_SLOT_ID and CK_OBJECT_HANDLE, as pkcs11js has them. */
  readonly slot: Uint8Array;
  readonly key: Uint8Array;
}

export interface RawThreadResult {
  readonly warmUpCalls: number;
  /** Milliseconds of each counted call. */
  readonly latencies: Float64Array;
}
