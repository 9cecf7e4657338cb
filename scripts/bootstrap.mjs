/**
 * `npm start`, `npm test` and `npm run test:tokens`: on a fresh clone it does all the set-up first;
 * later it only checks stamps. Each step prints one line, and only when it has something to do.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensurePackages, PURPOSES, SetupRefusal } from '../native-setup/packages.mjs';
import { ensureCompiled } from './bootstrap/compile.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { ensureNode24 } from './bootstrap/node-24.mjs';
import { checkNodeVersion } from './bootstrap/node-version.mjs';
import { runTests } from './bootstrap/run-tests.mjs';
import { startServer } from './bootstrap/start-server.mjs';

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const COMMANDS = {
  start: {
    purposes: ['run', 'build'],
    run: (args) => startServer(repository, args),
  },
  test: {
    purposes: ['run', 'build', 'test'],
    run: async (args) => {
      await ensureNode24(repository, log);
      process.exitCode = await runTests(repository, args);
    },
  },
  'test:tokens': {
    purposes: PURPOSES,
    run: async (args) => {
      await ensureNode24(repository, log);
      const config = ['--config', 'test/tokens/vitest.config.ts'];
      process.exitCode = await runTests(repository, [...config, ...args]);
    },
  },
};

function log(line) {
  console.log(`strongroom: ${line}`);
}

async function bootstrap(name, args) {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    throw new SetupRefusal(`usage: node scripts/bootstrap.mjs ${Object.keys(COMMANDS).join('|')}`);
  }
  checkNodeVersion(process.version);
  ensurePackages(command.purposes, log);
  await ensureDependencies(repository, log);
  await ensureCompiled(repository, log);
  await command.run(args);
}

try {
  await bootstrap(process.argv[2] ?? '', process.argv.slice(3));
} catch (error) {
  if (!(error instanceof SetupRefusal)) {
    throw error;
  }
  console.error(`strongroom: ${error.message}`);
  process.exitCode = 1;
}
