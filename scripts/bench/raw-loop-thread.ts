/** One session in a loop. See raw-loop.ts. */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { aesGcm, CK, handleFromNumber, loadLibrary } from '../../src/token-host/pkcs11.js';
import type { RawLoopOrder, RawOperation } from './raw-loop.js';

export interface RawThreadData
  extends Pick<
    RawLoopOrder,
    'module' | 'operation' | 'plaintextBytes' | 'aadBytes' | 'warmUpMs' | 'measureMs'
  > {
  readonly slot: bigint;
  readonly key: bigint;
}

export interface RawThreadResult {
  readonly warmUpCalls: number;
  /** Milliseconds of each counted call. */
  readonly latencies: Float64Array;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

const data = workerData as RawThreadData;
// The process has initialised the library for all its threads.
const library = loadLibrary(data.module);
const session = library.C_OpenSession(
  handleFromNumber(data.slot),
  CK.CKF_SERIAL_SESSION | CK.CKF_RW_SESSION,
);
const key = handleFromNumber(data.key);
const plaintext = randomBytes(data.plaintextBytes);
const aad = randomBytes(data.aadBytes);
const output = Buffer.alloc(data.plaintextBytes + TAG_BYTES);
const opened = Buffer.alloc(output.length);

function encrypt(iv: Buffer): void {
  library.C_EncryptInit(session, aesGcm(iv, aad), key);
  library.C_Encrypt(session, plaintext, output);
}

const fixedIv = randomBytes(IV_BYTES);
encrypt(fixedIv);
const sealed = Buffer.from(output);

const CALLS: Readonly<Record<RawOperation, () => void>> = {
  encrypt: () => encrypt(randomBytes(IV_BYTES)),
  decrypt: () => {
    library.C_DecryptInit(session, aesGcm(fixedIv, aad), key);
    library.C_Decrypt(session, sealed, opened);
  },
};

const call = CALLS[data.operation];

function loop(): RawThreadResult {
  let warmUpCalls = 0;
  for (const until = performance.now() + data.warmUpMs; performance.now() < until; ) {
    call();
    warmUpCalls += 1;
  }
  const latencies: number[] = [];
  const until = performance.now() + data.measureMs;
  for (let now = performance.now(); now < until; ) {
    call();
    const after = performance.now();
    latencies.push(after - now);
    now = after;
  }
  return { warmUpCalls, latencies: Float64Array.from(latencies) };
}

parentPort?.once('message', () => parentPort?.postMessage(loop()));
parentPort?.postMessage('ready');
