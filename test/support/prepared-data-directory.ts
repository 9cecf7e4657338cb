/**
 * What `strongroom init` makes, once for a whole run of the tests: making tokens takes longer than most
 * tests. Each server of a test gets a copy of its own, as if its tokens had been delivered new.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CLI = resolve('dist/src/main.js');

let made: string | undefined;

/** Holds the path of the prepared data directory, where there is one: the bench makes its own. */
export const PREPARED = 'PREPARED_DATA_DIRECTORY';

/** Vitest's global set-up. */
export async function setup(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'strongroom-prepared-'));
  made = dir;
  try {
    await run(process.execPath, [CLI, 'init'], { cwd: dir, env: { PATH: process.env.PATH } });
    // The workers of the tests inherit it.
    process.env[PREPARED] = join(dir, 'data');
  } catch {
    // Tests that start a server say themselves what is wrong.
    delete process.env[PREPARED];
  }
}

export async function teardown(): Promise<void> {
  if (made) await rm(made, { recursive: true, force: true });
}

/** Puts a copy in place. Paths of its own that SoftHSM's configuration has are the copy's. */
export async function copyDataDirectory(from: string, to: string): Promise<void> {
  await run('cp', ['-a', from, to]);
  const conf = join(to, 'softhsm', 'softhsm2.conf');
  const text = await readFile(conf, 'utf8');
  await writeFile(conf, text.replaceAll(from, to), { mode: 0o600 });
}
