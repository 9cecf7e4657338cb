import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from '../support/patience.js';

/** The long versions of test/resilience: `vitest run --config test/soak/vitest.config.ts`. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['test/**/*.soak.ts'],
    globalSetup: ['test/support/prepared-data-directory.ts'],
    // An hour: what hangs ends some time, what is slow may be.
    testTimeout: 3_600_000,
    hookTimeout: 3 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS, interval: 50 } },
    pool: 'forks',
    maxWorkers: 1,
  },
});
