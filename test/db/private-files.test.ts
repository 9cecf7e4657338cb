import { constants } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openOwn, ownDirectory } from '../../src/db/private-files.js';

/** Not who runs the tests: what they make belongs to another in its eyes. */
const SOMEBODY = [54321];
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'private-'));
  await mkdir(join(dir, 'below'), { mode: 0o700 });
  await writeFile(join(dir, 'below', 'root.pin'), 'x', { mode: 0o600 });
  await writeFile(join(dir, 'below', 'other'), 'x', { mode: 0o644 });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const REFUSED: readonly (readonly [string, string, (path: string) => Promise<void>, RegExp])[] = [
  ['a directory that all can write', '', (path) => chmod(path, 0o777), /writable by others/],
  ['a sticky one', '', (path) => chmod(path, 0o1777), /writable by others/],
  ['one below that the group can write', 'below', (path) => chmod(path, 0o770), /mode 0770/],
  ['a file that others read', 'below/root.pin', (path) => chmod(path, 0o644), /open to others/],
  ['a file that others write', 'below/other', (path) => chmod(path, 0o666), /writable by others/],
  ['a link to a file', 'link', (path) => symlink('below/root.pin', path), /symbolic link/],
  ['a link to a directory', 'link', (path) => symlink('below', path), /symbolic link/],
];

describe('directories of ours', () => {
  it('are made, and accepted again', async () => {
    await ownDirectory(join(dir, 'new'));
    await ownDirectory(dir);
  });

  it.each(REFUSED)('%s is refused in one line', async (_, name, spoil, expected) => {
    await spoil(join(dir, name));
    const refused: Error = await ownDirectory(dir).then(
      () => expect.fail('accepted'),
      (error) => error,
    );
    expect(refused).toMatchObject({ name: 'StartError', message: expect.stringMatching(expected) });
    expect(refused.message).not.toContain('\n');
    expect(refused.message).toContain(dir);
  });
});

describe('what belongs to another', () => {
  const refused = new RegExp(`belongs to user ${process.geteuid?.()}, not to 54321`);

  it('is refused, a directory', async () => {
    await expect(ownDirectory(dir, SOMEBODY)).rejects.toThrow(refused);
  });

  it('is refused, a file', async () => {
    const opening = openOwn(join(dir, 'below', 'root.pin'), constants.O_RDONLY, SOMEBODY);
    await expect(opening).rejects.toThrow(refused);
  });
});

describe('files of ours', () => {
  it.each(REFUSED.filter(([, name]) => name.includes('pin') || name === 'link'))(
    '%s is not opened',
    async (_, name, spoil, expected) => {
      const path = join(dir, name);
      await spoil(path);
      const opening = openOwn(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
      if (name === 'link') await expect(opening).rejects.toThrow(/symbolic link/);
      else await expect(opening).rejects.toThrow(expected);
    },
  );
});
