import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.mjs'],
    exclude: ['test/soak/**'],
    globalSetup: ['test/support/prepared-data-directory.ts'],
    // Tests start real servers and tokens; a limit only ends what hangs.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Test files share their worker: loading the SDK anew for each of them took a minute in all.
    isolate: false,
    maxWorkers: 2,
  },
});
