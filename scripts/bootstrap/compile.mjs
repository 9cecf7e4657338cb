import { rmSync } from 'node:fs';
import path from 'node:path';
import { SetupRefusal } from '../../native-setup/packages.mjs';
import { runChild } from './child.mjs';
import { isStamped, treeDigest, writeStamp } from './stamp.mjs';

/** Everything that decides what the compiler and the bundler put out. */
const SOURCES = [
  'src',
  'native-setup',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
  'scripts/bundle.mjs',
];

/**
 * Compiles src and native-setup to dist when dist is missing or older than they are. It starts
 * from an empty dist, so that no file of a deleted source lives on.
 * @throws {SetupRefusal} when either finds an error; dist then counts as missing.
 */
export async function ensureCompiled(repository, log) {
  const dist = path.join(repository, 'dist');
  const stampFile = path.join(dist, '.compiled-from');
  const stamp = treeDigest(SOURCES.map((name) => path.join(repository, name)));
  if (isStamped(stampFile, stamp)) {
    return;
  }
  log('compiling');
  rmSync(dist, { recursive: true, force: true });
  const compiler = path.join(repository, 'node_modules', '.bin', 'tsc');
  const code = await runChild(compiler, ['-p', 'tsconfig.build.json'], { cwd: repository });
  if (code !== 0) {
    throw new SetupRefusal('the sources do not compile; see above.');
  }
  const bundler = path.join(repository, 'scripts', 'bundle.mjs');
  if ((await runChild(process.execPath, [bundler], { cwd: repository })) !== 0) {
    throw new SetupRefusal('the programs can not be put together; see above.');
  }
  writeStamp(stampFile, stamp);
}
