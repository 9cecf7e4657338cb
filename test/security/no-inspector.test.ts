/** SIGUSR1 must not open Node's inspector in any process: who reaches it has all keys. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { Strongroom } from '../support/strongroom.js';

/** Programs that run as processes of their own, not as threads of one. */
const PROGRAMS = ['src/main.ts', 'src/token-host/host/main.ts', 'native-setup/make-tokens.ts'];

const LISTEN = '0A';
const SIGUSR1_BIT = 1n << 9n;

/** The local addresses where a process listens, as the kernel writes them. */
async function listening(pid: number): Promise<string[]> {
  const table = (await readFile(`/proc/${pid}/net/tcp`, 'utf8')).trim().split('\n').slice(1);
  const sockets = new Map<string, string>();
  for (const line of table) {
    const [, address = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    if (state === LISTEN) sockets.set(`socket:[${inode}]`, address);
  }
  const open = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) =>
      readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''),
    ),
  );
  return open.flatMap((target) => sockets.get(target) ?? []).toSorted();
}

/** Whether a signal was sent that the process hasn't taken yet. */
async function pending(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const masks = [...status.matchAll(/^(?:Sig|Shd)Pnd:\s+(\S+)$/gm)].map(([, mask]) => mask);
  return masks.some((mask) => (BigInt(`0x${mask}`) & SIGUSR1_BIT) !== 0n);
}

it('a server and its token hosts go on as they were', async () => {
  const strongroom = await Strongroom.start();
  try {
    const hosts = await strongroom.tokenHosts();
    expect(hosts.size).toBeGreaterThan(0);
    for (const pid of [strongroom.pid, ...hosts.values()]) {
      const before = await listening(pid);
      process.kill(pid, 'SIGUSR1');
      await expect.poll(() => pending(pid)).toBe(false);
      // The inspector's thread needs a moment: a few answers of the server take longer.
      for (let times = 0; times < 5; times += 1) {
        expect((await fetch(`${strongroom.endpoint}/readyz`)).status).toBe(200);
        expect(await listening(pid)).toEqual(before);
      }
    }
    expect(strongroom.log).not.toContain('Debugger listening');
    expect(await strongroom.tokenHosts()).toEqual(hosts);
  } finally {
    await strongroom.dispose();
  }
});

it.each(PROGRAMS)('%s takes the signal before it does anything else', async (program) => {
  const [, first] = /^import (?:.* from )?'(.*)';$/m.exec(await readFile(program, 'utf8')) ?? [];
  expect(first).toMatch(/\/kernel\/no-inspector\.js$/);
});
