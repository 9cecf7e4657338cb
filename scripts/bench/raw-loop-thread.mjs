/**
 * One session in a loop; see raw-loop.ts. Plain JavaScript, because the loader of TypeScript doesn't
 * reach worker threads.
 * @typedef {import('./raw-loop-messages.js').RawThreadData} RawThreadData
 * @typedef {import('./raw-loop-messages.js').RawThreadResult} RawThreadResult
 */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import pkcs11js from 'pkcs11js';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** @type {RawThreadData} */
const data = workerData;
// The process has initialised the library for all its threads.
const library = new pkcs11js.PKCS11(data.module);
const session = library.C_OpenSession(
  Buffer.from(data.slot),
  pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION,
);
const key = Buffer.from(data.key);
const plaintext = randomBytes(data.plaintextBytes);
const aad = randomBytes(data.aadBytes);
const output = Buffer.alloc(data.plaintextBytes + TAG_BYTES);
const opened = Buffer.alloc(output.length);

/** @param {Buffer} iv */
function aesGcm(iv) {
  const type = pkcs11js.CK_PARAMS_AES_GCM_v240;
  const parameter = { type, iv, ivBits: IV_BYTES * 8, tagBits: TAG_BYTES * 8, aad };
  return { mechanism: pkcs11js.CKM_AES_GCM, parameter };
}

/** @param {Buffer} iv */
function encrypt(iv) {
  library.C_EncryptInit(session, aesGcm(iv), key);
  library.C_Encrypt(session, plaintext, output);
}

const fixedIv = randomBytes(IV_BYTES);
encrypt(fixedIv);
const sealed = Buffer.from(output);

const calls = {
  encrypt: () => encrypt(randomBytes(IV_BYTES)),
  decrypt: () => {
    library.C_DecryptInit(session, aesGcm(fixedIv), key);
    library.C_Decrypt(session, sealed, opened);
  },
};

/** @returns {RawThreadResult} */
function loop() {
  const call = calls[data.operation];
  let warmUpCalls = 0;
  for (const until = performance.now() + data.warmUpMs; performance.now() < until; ) {
    call();
    warmUpCalls += 1;
  }
  const latencies = [];
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
