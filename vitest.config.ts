import { defineConfig } from 'vitest/config';
import { PATIENCE_MS } from './test/support/patience.js';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.mjs'],
    // Clients bring packages, and their tests, of their own; tokens are installed first.
    exclude: ['**/node_modules/**', 'test/soak/**', 'test/clients/**', 'test/tokens/**'],
    globalSetup: [
      'test/support/prepared-data-directory.ts',
      'test/support/ready-pairs/ready-pairs.ts',
      'test/support/shared-server.ts',
    ],
    // Tests start real servers and tokens, and several waits fit into one test.
    testTimeout: 3 * PATIENCE_MS,
    hookTimeout: 3 * PATIENCE_MS,
    expect: { poll: { timeout: PATIENCE_MS, interval: 50 } },
    pool: 'forks',
    // Test files share their worker: loading the SDK anew for each of them took a minute in all.
    isolate: false,
    // One more than the cores of a small machine: tests wait for servers a good part of their time.
    maxWorkers: 3,
  },
});
