import { rmSync } from 'node:fs';
import path from 'node:path';
import { SetupRefusal } from '../../native-setup/packages.mjs';
import { runChild } from './child.mjs';
import { isStamped, treeDigest, writeStamp } from './stamp.mjs';

/** Everything that decides what the compiler puts out. */
const SOURCES = ['src', 'native-setup', 'tsconfig.json', 'tsconfig.build.json'];

/**
 * Compiles src and native-setup to dist when dist is missing or older than they are. It starts
 * from an empty dist, so that no file of a deleted source lives on.
 * @throws {SetupRefusal} when the compiler finds an error; dist then counts as missing.
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
  writeStamp(stampFile, stamp);
}
