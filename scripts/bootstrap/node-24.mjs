import path from 'node:path';
import { SetupRefusal } from '../../native-setup/packages.mjs';
import { runChild } from './child.mjs';
import { npmEnvironment, npmProgram } from './dependencies.mjs';
import { contentDigest, isStamped, writeStamp } from './stamp.mjs';

/**
 * Installs the Node 24 that the tests compare with, exactly as locked, when it is missing or another one
 * is locked. It has a folder of its own: among the project's packages its `node` would come first.
 * @throws {SetupRefusal} when npm fails.
 */
export async function ensureNode24(repository, log) {
  const folder = path.join(repository, 'test', 'support', 'node-24');
  const stampFile = path.join(folder, 'node_modules', '.strongroom-installed');
  const stamp = contentDigest(path.join(folder, 'package-lock.json'));
  if (isStamped(stampFile, stamp)) {
    return;
  }
  log('installing the Node 24 of the tests');
  const [program, ...first] = npmProgram(process.env);
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const code = await runChild(program, [...first, ...args], {
    cwd: folder,
    env: npmEnvironment(process.env),
  });
  if (code !== 0) {
    throw new SetupRefusal(`npm ci in ${folder} failed (exit code ${code}).`);
  }
  writeStamp(stampFile, stamp);
}
