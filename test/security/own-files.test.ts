import { chmod, lstat, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Strongroom } from '../support/strongroom.js';

let server: Strongroom;
beforeAll(async () => {
  server = await Strongroom.start();
});
afterAll(() => server.dispose());

it('a fresh server makes every directory and file for its owner alone', async () => {
  const made = await readdir(server.dataDir, { recursive: true });
  expect(made).toEqual(expect.arrayContaining(['credentials', 'audit', 'strongroom.sqlite']));
  const open: string[] = [];
  for (const name of made) {
    const { mode } = await lstat(join(server.dataDir, name));
    if ((mode & 0o077) !== 0) open.push(`${name} 0${(mode & 0o7777).toString(8)}`);
  }
  expect(open).toEqual([]);
});

it('a data directory that others can change is refused, with one line, until it is mended', async () => {
  await server.stop();
  await chmod(server.dataDir, 0o777);
  const refused = await server.cli('serve');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain(`${server.dataDir} is writable by others (mode 0777)`);
  await chmod(server.dataDir, 0o700);

  const planted = join(server.dataDir, 'audit', '2099-01-01.jsonl');
  await symlink('/dev/null', planted);
  expect((await server.cli('serve')).stderr).toContain(`${planted} is a symbolic link`);
});
