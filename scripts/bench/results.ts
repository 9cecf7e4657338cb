import { cpus, loadavg, totalmem } from 'node:os';
import type { KeyTypeRow } from './key-types.js';
import type { ManyKeysResult } from './many-keys.js';
import type { RecoveryResult, WrappedKeysResult } from './recovery.js';
import type { HangingTokenResult, SlowTokenRow } from './slow-token.js';
import type { RawRow, ThroughputRow } from './throughput.js';

/** Where the numbers come from: without this they mean nothing. */
export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  /** Of the minute before: above nought, others were using the machine. */
  readonly loadAverage: number;
}

/** What one decision takes. */
export interface AuthorizationRow {
  readonly what: string;
  readonly microseconds: number;
}

/** Everything that one run measured; a scenario that was left out is absent. */
export interface BenchResults {
  readonly machine: Machine;
  authorization?: readonly AuthorizationRow[];
  raw?: readonly RawRow[];
  throughput?: readonly ThroughputRow[];
  slowToken?: readonly SlowTokenRow[];
  hangingToken?: HangingTokenResult;
  recovery?: RecoveryResult;
  wrappedKeys?: WrappedKeysResult;
  keyTypes?: readonly KeyTypeRow[];
  manyKeys?: ManyKeysResult;
}

export function thisMachine(): Machine {
  return {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    loadAverage: loadavg()[0] ?? 0,
  };
}
