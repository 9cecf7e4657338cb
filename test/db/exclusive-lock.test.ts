import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExclusiveLock, LockedError } from '../../src/db/exclusive-lock.js';

/** The compiled module, for a process of its own. */
const MODULE = pathToFileURL('dist/src/db/exclusive-lock.js').href;
const HOLDER = `
  const { ExclusiveLock } = await import(process.argv[1]);
  await ExclusiveLock.acquire(process.argv[2], 0);
  process.stdout.write('held');
  setInterval(() => {}, 1000);
`;

let dir: string;
let file: string;
let holder: ChildProcess | undefined;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'strongroom-lock-'));
  file = join(dir, 'server.lock');
});

afterEach(async () => {
  if (holder) await end('SIGKILL');
  await rm(dir, { recursive: true, force: true });
});

async function end(signal: NodeJS.Signals): Promise<void> {
  const child = holder;
  holder = undefined;
  if (!child) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

describe('a lock', () => {
  it('is had by one, and after it by another', async () => {
    const lock = await ExclusiveLock.acquire(file, 0);
    await expect(ExclusiveLock.acquire(file, 0)).rejects.toThrow(LockedError);
    await lock.release();
    await (await ExclusiveLock.acquire(file, 0)).release();
  });

  it('is waited for', async () => {
    const lock = await ExclusiveLock.acquire(file, 0);
    const waiting = ExclusiveLock.acquire(file, 20_000);
    await lock.release();
    await (await waiting).release();
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)(
    'is let go by a process that ends by %s',
    async (signal) => {
      const args = ['--input-type=module', '--eval', HOLDER, MODULE, file];
      holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(holder.stdout as NodeJS.ReadableStream, 'data');
      await expect(ExclusiveLock.acquire(file, 0)).rejects.toThrow(`another process holds ${file}`);
      await end(signal);
      await (await ExclusiveLock.acquire(file, 0)).release();
    },
  );

  it('whose file cannot be made says so', async () => {
    const error = await ExclusiveLock.acquire(join(dir, 'no', 'such'), 0).catch((one) => one);
    expect(error).not.toBeInstanceOf(LockedError);
    expect(error).toMatchObject({ code: expect.any(String) });
  });
});
