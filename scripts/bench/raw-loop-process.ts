/** Logs in, finds the token's key, and has threads use it. See raw-loop.ts. */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { objectPages } from '../../src/token-host/host/object-list.js';
import { CK, loadLibrary } from '../../src/token-host/host/pkcs11.js';
import { findSlot } from '../../src/token-host/host/slot.js';
import { latencies } from './latencies.js';
import type {
  RawLoopOrder,
  RawLoopResult,
  RawThreadData,
  RawThreadResult,
} from './raw-loop-messages.js';

const THREAD = new URL('./raw-loop-thread.mjs', import.meta.url);
const SESSION_FLAGS = CK.CKF_SERIAL_SESSION | CK.CKF_RW_SESSION;

const order = JSON.parse(await text(process.stdin)) as RawLoopOrder;
const library = loadLibrary(order.module);
const { slot } = await findSlot(
  library,
  {
    id: 'raw-loop',
    module: order.module,
    label: order.label,
    vendor: 'softhsm',
    sessions: order.sessions,
    callTimeoutMs: 0,
    managementTimeoutMs: 0,
    startTimeoutMs: 5000,
    maxQueued: 0,
  },
  () => undefined,
);
// This session holds the login for those of the threads.
const session = library.C_OpenSession(slot, SESSION_FLAGS);
library.C_Login(session, CK.CKU_USER, order.pin);
const rows = [...objectPages(library, session)].flat();
const found = rows.find(
  ([, label, objectClass]) => label.startsWith(`kms:${order.keyId}:`) && objectClass !== 'public',
);
const key = found?.[4];
if (!key) throw new Error('the token does not hold the key');

const data: RawThreadData = {
  module: order.module,
  operation: order.operation,
  ...(order.signing && { signing: order.signing }),
  plaintextBytes: order.plaintextBytes,
  aadBytes: order.aadBytes,
  warmUpMs: order.warmUpMs,
  measureMs: order.measureMs,
  slot,
  key,
};
const threads = Array.from(
  { length: order.sessions },
  () => new Worker(THREAD, { workerData: data, execArgv: [] }),
);
// Each says when its session is open; only then do they all begin.
await Promise.all(threads.map((thread) => once(thread, 'message')));
const cpuBefore = process.cpuUsage();
for (const thread of threads) thread.postMessage('begin');
const results = await Promise.all(
  threads.map(async (thread) => {
    const [result] = (await once(thread, 'message')) as [RawThreadResult];
    return result;
  }),
);
const { user, system } = process.cpuUsage(cpuBefore);
const calls = results.reduce((sum, { latencies: times }) => sum + times.length, 0);
const allCalls = results.reduce((sum, { warmUpCalls }) => sum + warmUpCalls, calls);
const result: RawLoopResult = {
  callsPerSecond: calls / (order.measureMs / 1000),
  cpuPerCall: (user + system) / allCalls,
  ...latencies(results.flatMap(({ latencies: times }) => [...times])),
};
process.stdout.write(JSON.stringify(result));
await Promise.all(threads.map((thread) => thread.terminate()));
library.C_Finalize();
