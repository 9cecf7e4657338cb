import { constants } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExclusiveLock } from '../../src/db/exclusive-lock.js';
import { nodeIdentity } from '../../src/db/node-identity.js';
import { checkOwn, openOwn, ownDirectory } from '../../src/db/private-files.js';
import { readNamedSecret } from '../../src/kernel/foreign-files.js';

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

describe('a file of ours that something else opens', () => {
  it('is looked at without being opened', async () => {
    const file = join(dir, 'below', 'root.pin');
    await checkOwn(file);
    await expect(checkOwn(file, SOMEBODY)).rejects.toThrow(/belongs to user/);
    await chmod(file, 0o640);
    await expect(checkOwn(file)).rejects.toThrow(/open to others/);
    await symlink('below', join(dir, 'link'));
    await expect(checkOwn(join(dir, 'link'))).rejects.toThrow(/symbolic link/);
    await expect(checkOwn(join(dir, 'below'))).rejects.toThrow(/no regular file/);
  });
});

const KEPT: readonly (readonly [string, (file: string) => Promise<unknown>])[] = [
  ['node-id', (file) => nodeIdentity(join(file, '..'))],
  ['server.lock', (file) => ExclusiveLock.acquire(file, 0).then((lock) => lock.release())],
];

describe.each(KEPT)('%s', (name, use) => {
  it('is made for its owner alone and used again; planted or open to others, it is not', async () => {
    const file = join(dir, name);
    await use(file);
    await use(file);
    await chmod(file, 0o644);
    await expect(use(file)).rejects.toThrow(/open to others/);
    await rm(file);
    await writeFile(join(dir, 'planted'), 'x', { mode: 0o600 });
    await symlink('planted', file);
    await expect(use(file)).rejects.toThrow(/symbolic link/);
  });
});

describe('a secret file that a setting names', () => {
  it('may be a link, as Kubernetes mounts it, and be read by others', async () => {
    const file = join(dir, 'below', 'other');
    await mkdir(join(dir, '..data'));
    await symlink('below/other', join(dir, 'link'));
    expect(readNamedSecret(file).toString()).toBe('x');
    expect(readNamedSecret(join(dir, 'link')).toString()).toBe('x');
  });

  it.each([0o620, 0o602, 0o666])('is refused when others can write it: %o', async (mode) => {
    await symlink('below/other', join(dir, 'link'));
    await chmod(join(dir, 'below', 'other'), mode);
    const read = () => readNamedSecret(join(dir, 'link'));
    expect(read).toThrow(
      /link is writable by others \(mode 06\d\d\); look who .* chmod it to 0600$/,
    );
  });

  it("is refused when it is another user's", () => {
    const file = join(dir, 'below', 'other');
    expect(() => readNamedSecret(file, SOMEBODY)).toThrow(/belongs to user \d+, not to 54321/);
  });
});
