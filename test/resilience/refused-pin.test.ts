import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeKey, roundTrip } from '../support/clients.js';
import { type FaultyStrongroom, faultyStrongroom } from '../support/faulty-strongroom.js';
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
    faulty = await faultyStrongroom({ token: { sessions: 1 } });
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
    expect(second.line).toMatch(/refused this PIN before, so it was not tried again/);
    expect(second.changed).toEqual([]);
    expect(await faulty.root.calls('C_Login')).toBe(logins + 1);

    await writeFile(pinFile, right);
    await strongroom.start();
    await roundTrip(await strongroom.client(), keyId);
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
