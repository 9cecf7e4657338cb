import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from '../support/patience.js';

/** Every PKCS#11 library that runs here: `npm run test:tokens`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/tokens/**/*.test.ts'],
    globalSetup: ['test/tokens/installed.ts', 'test/support/prepared-data-directory.ts'],
    // A TPM takes a minute to make an RSA key of 3,072 bits.
    testTimeout: 5 * PATIENCE_MS,
    hookTimeout: 5 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS, interval: 50 } },
    pool: 'forks',
    // Tokens are made one after the other: some of them are the machine's, not a directory's.
    maxWorkers: 1,
    fileParallelism: false,
  },
});
