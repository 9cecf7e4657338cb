/**
 * Puts each program of dist and everything it imports into one file, in the compiled program's own
 * place: loading some 2,200 files takes a server a second of CPU, loading one a third of that. Run
 * after the compiler.
 */
import { chmodSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Everything that is started by its path: main.ts's entries, and the token host's threads. */
const PROGRAMS = [
  'src/main.js',
  'src/keystores/software/worker.js',
  'src/token-host/host/main.js',
  'src/token-host/host/management-thread.js',
  'src/token-host/host/worker-thread.js',
  'native-setup/make-tokens.js',
];

/** Packages with native code, or that look for files beside their own. */
const APART = [
  'graphene-pk11',
  'msgpackr-extract',
  'pg',
  'pino',
  'piscina',
  'pkcs11js',
  'sqlite3',
  'swagger-ui-dist',
];

/** Drivers of databases that are not ours, which knex asks for by name. */
const FOREIGN_DRIVERS = [
  'better-sqlite3',
  'mariadb/callback',
  'mysql',
  'mysql2',
  'oracledb',
  'pg-query-stream',
  'tedious',
];

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

await build({
  absWorkingDir: dist,
  entryPoints: PROGRAMS,
  outbase: dist,
  outdir: dist,
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  sourcemap: true,
  external: [...APART, ...FOREIGN_DRIVERS],
  // CommonJS packages in it call require, which a module has to make for itself.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module';\nconst require = makeRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

// What npx runs by its name; npm makes it executable only where it is there before the build.
const { bin } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
for (const program of Object.values(bin)) {
  chmodSync(fileURLToPath(new URL(`../${program}`, import.meta.url)), 0o755);
}
