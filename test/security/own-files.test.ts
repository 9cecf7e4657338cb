import { chmod, lstat, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { configure } from '../support/faulty-strongroom.js';
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

it('a secret that everybody may read is refused in the data directory, and warned of elsewhere', async () => {
  const token = 'token-of-the-operators-0123456789';
  const files = { inside: join(server.dataDir, 'bearer'), outside: join(server.dir, 'bearer') };
  for (const file of Object.values(files)) {
    await writeFile(file, token);
    await chmod(file, 0o644);
  }
  const serveWith = (bearerTokenFile: string) =>
    configure(server, { metrics: 'internal', internal: { bearerTokenFile } });
  await rm(join(server.dataDir, 'audit', '2099-01-01.jsonl'));

  await serveWith(files.inside);
  for (const command of [['serve'], ['config', 'check']]) {
    const { code, stderr } = await server.cli(...command);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`${files.inside} is open to others (mode 0644)`),
    });
  }

  await serveWith(files.outside);
  const checked = await server.cli('config', 'check', '--json');
  expect(JSON.parse(checked.stdout)).toEqual({
    faults: [],
    openSecrets: [{ file: files.outside, mode: '0644' }],
  });
  await server.start();
  expect(server.log).toContain('everybody on this machine may read a secret');
  expect(server.log).toContain(`"file":"${files.outside}"`);
  await server.stop();
});
