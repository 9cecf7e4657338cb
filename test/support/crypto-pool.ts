import { resolve } from 'node:path';
import { CryptoPool } from '../../src/keystores/software/crypto-pool.js';

/** The real pool over the compiled worker. It has no thread until a heavy task asks for one. */
export const cryptoPool = new CryptoPool({
  workerEntry: resolve('dist/src/keystores/software/worker.js'),
});
