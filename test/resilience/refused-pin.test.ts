import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeKey, roundTrip } from '../support/clients.js';
import { type FaultyStrongroom, faultyStrongroom } from '../support/faulty-strongroom.js';
import { whenGone } from '../support/processes.js';
import { refusedStart } from '../support/refused-start.js';
import type { Strongroom } from '../support/strongroom.js';

const WRONG_PIN = '0000000000';

/** SoftHSM itself keeps count of wrong PINs, in its own files. */
const ofTheToken = (path: string) => path.startsWith('softhsm/');

describe("a start that the root token's PIN stops", () => {
  let faulty: FaultyStrongroom;
  let strongroom: Strongroom;
  let pinFile: string;

  beforeEach(async () => {
    faulty = await faultyStrongroom({ token: { sessions: 1, startTimeoutMs: 1500 } });
    strongroom = faulty.strongroom;
    pinFile = join(strongroom.dataDir, 'root.pin');
  });
  afterEach(() => faulty.dispose());

  async function usedBefore(): Promise<string> {
    await strongroom.start();
    const keyId = await makeKey(await strongroom.client());
    await strongroom.stop();
    return keyId;
  }

  it.each([
    [
      'missing',
      (file: string) => rm(file),
      /PIN can't be read from the file .*root\.pin \(ENOENT\)/,
    ],
    [
      'empty',
      (file: string) => writeFile(file, '\n'),
      /PIN is missing: the file .*root\.pin is empty/,
    ],
  ])(
    'because its file is %s: changes nothing and never asks the token',
    async (_how, spoil, message) => {
      await usedBefore();
      await spoil(pinFile);
      const logins = await faulty.root.calls('C_Login');
      const { line, changed } = await refusedStart(strongroom);
      expect(line).toMatch(message);
      expect(changed).toEqual([]);
      expect(await faulty.root.calls('C_Login')).toBe(logins);
    },
  );

  it('because it is wrong: tries it once, and not again at the next start', async () => {
    const keyId = await usedBefore();
    const right = await readFile(pinFile);
    await writeFile(pinFile, WRONG_PIN);
    const logins = await faulty.root.calls('C_Login');

    const first = await refusedStart(strongroom);
    expect(first.line).toMatch(/refused the PIN .*CKR_PIN_INCORRECT.*will not be tried again/);
    expect(first.line).not.toContain(WRONG_PIN);
    expect(first.changed.filter((path) => !ofTheToken(path))).toEqual(['root.refused-pin']);
    expect(await faulty.root.calls('C_Login')).toBe(logins + 1);

    const second = await refusedStart(strongroom);
    expect(second.line).toMatch(
      /refused this PIN before, or nobody knows .*, so it was not tried again/,
    );
    expect(second.changed).toEqual([]);
    expect(await faulty.root.calls('C_Login')).toBe(logins + 1);

    await writeFile(pinFile, right);
    await strongroom.start();
    await roundTrip(await strongroom.client(), keyId);
  });

  /** A server that is killed while the token doesn't answer its login. */
  async function killedInLogin(): Promise<void> {
    const logins = await faulty.root.calls('C_Login');
    await faulty.root.set('hang C_Login');
    const starting = strongroom.start().catch(() => 'killed');
    await expect.poll(() => faulty.root.calls('C_Login')).toBe(logins + 1);
    const hosts = [...(await strongroom.tokenHosts()).values()];
    await strongroom.kill();
    expect(await starting).toBe('killed');
    await faulty.root.clear();
    // What they write as they end is no change of the next start's.
    await Promise.all(hosts.map(whenGone));
  }

  it.each<[string, directive: string]>([
    ['gets a code that nobody knows', `failafter C_Login ${0x80000123}`],
    ['ends the host', 'crash C_Login'],
    ['gets no answer', 'hang C_Login'],
    ['is tried by a server that is killed', ''],
  ])('because it %s: it was tried once, and is not at the next starts', async (_, directive) => {
    if (directive === '') {
      // Of a token that the quick start made the PIN is known to be right: see below.
      await rm(join(strongroom.dataDir, 'root.proven-pin'));
      await killedInLogin();
    } else {
      await faulty.root.set(directive);
      const { line } = await refusedStart(strongroom);
      expect(line).toMatch(/whether the root token took the PIN .* is not known/);
      await faulty.root.clear();
    }
    for (let start = 0; start < 2; start += 1) {
      const { line, changed } = await refusedStart(strongroom);
      expect(line).toMatch(
        /refused this PIN before, or nobody knows .*, so it was not tried again/,
      );
      // What a server that was killed has left goes with the next start.
      expect(changed.filter((path) => !/^(run|server\.lock)/.test(path))).toEqual([]);
    }
    expect(await faulty.root.calls('C_Login')).toBe(1);
    await rm(join(strongroom.dataDir, 'root.refused-pin'));
    await strongroom.start();
    expect(await faulty.root.calls('C_Login')).toBe(2);
  });

  it('is not for a PIN that has worked, though its server was killed in a login', async () => {
    await usedBefore();
    await killedInLogin();
    await strongroom.start();
    expect(await faulty.root.calls('C_Login')).toBe(3);
  });

  it('is not for the PIN of a token that was made here, though its first start was killed', async () => {
    await killedInLogin();
    await strongroom.start();
    expect(await faulty.root.calls('C_Login')).toBe(2);
  });

  it('because the token is away: the PIN counts as untried', async () => {
    await faulty.root.set(`fail C_OpenSession ${0x32}`);
    const { line } = await refusedStart(strongroom);
    expect(line).toMatch(/the root token could not be reached/);
    expect(await faulty.root.calls('C_Login')).toBe(0);
    await faulty.root.clear();
    await strongroom.start();
    expect(await faulty.root.calls('C_Login')).toBe(1);
  });

  it('on the very first start: makes no database', async () => {
    await writeFile(pinFile, WRONG_PIN);
    const { changed } = await refusedStart(strongroom);
    expect(changed.filter((path) => !ofTheToken(path))).toEqual([
      'node-id',
      'root.refused-pin',
      'server.lock',
    ]);
  });
});
