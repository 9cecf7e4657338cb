/** A root token whose PIN comes from elsewhere than a file that is named. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KMSClient } from '@aws-sdk/client-kms';
import { afterEach, describe, expect, it } from 'vitest';
import { makeKey } from '../support/clients.js';
import { buildFaultModule } from '../support/fault-module/fault-module.js';
import {
  configure,
  type FaultyStrongroom,
  faultyStrongroom,
  tokenEntry,
} from '../support/faulty-strongroom.js';
import { hostOf } from '../support/processes.js';
import { refusedStart } from '../support/refused-start.js';

const PIN_INCORRECT = 0xa0;
const VARIABLE = 'STRONGROOM_ROOT_PIN';

describe('the PIN of the root token', () => {
  let faulty: FaultyStrongroom;
  let pinFile: string;
  let pin: string;
  afterEach(() => faulty.dispose());

  async function by(
    source: (dataDir: string) => object,
    more: (pin: string) => Record<string, string> = () => ({}),
  ): Promise<void> {
    const variables: Record<string, string> = {};
    faulty = await faultyStrongroom({ env: variables });
    const { strongroom, root } = faulty;
    pinFile = join(strongroom.dataDir, 'root.pin');
    pin = (await readFile(pinFile, 'utf8')).trim();
    const module = await buildFaultModule();
    const { pinFile: _, ...entry } = tokenEntry(strongroom.dataDir, 'root', {
      module,
      env: root.env,
    });
    await configure(strongroom, { tokens: [{ ...entry, ...source(strongroom.dataDir) }] });
    // After `init`, which the settings were not meant for.
    Object.assign(variables, { ...more(pin), CREDENTIALS_DIRECTORY: strongroom.dataDir });
  }

  const ready = async () => (await fetch(`${faulty.strongroom.endpoint}/readyz`)).status;
  const logins = () => faulty.root.calls('C_Login');

  const COMMAND = (dataDir: string) => ({ pinCommand: ['/bin/cat', join(dataDir, 'root.pin')] });
  const CREDENTIAL = () => ({ pinCredential: 'root.pin' });

  it('comes by an environment variable, which the token host does not see', async () => {
    await by(
      () => ({ pinEnv: VARIABLE }),
      (value) => ({ [VARIABLE]: value }),
    );
    await faulty.strongroom.start();
    await makeKey(await faulty.strongroom.client());
    expect(await logins()).toBe(1);
    const host = await hostOf(faulty.strongroom, 'root');
    expect(await readFile(`/proc/${host}/environ`, 'utf8')).not.toContain(pin);
    expect(await readFile(`/proc/${host}/cmdline`, 'utf8')).not.toContain(pin);
    expect(faulty.strongroom.log).not.toContain(pin);
  });

  it.each([
    ['a credential', CREDENTIAL],
    ['a command', COMMAND],
  ])('comes by %s, which is asked again when it was refused', async (_, source) => {
    await by(source);
    await faulty.strongroom.start();
    const client: KMSClient = await faulty.strongroom.client();
    await makeKey(client);
    expect(await logins()).toBe(1);
    await faulty.root.set(`fail C_Login ${PIN_INCORRECT} 1`);
    await writeFile(pinFile, `${pin}x`);
    process.kill(await hostOf(faulty.strongroom, 'root'), 'SIGKILL');
    await expect.poll(logins).toBe(3);
    expect(await ready()).toBe(503);
    await writeFile(pinFile, `${pin}y`);
    await expect.poll(logins).toBe(4);
    await faulty.strongroom.stop();
    const { line } = await refusedStart(faulty.strongroom);
    expect(line).toMatch(
      /refused this PIN before, or nobody .*, so it was not tried again; correct the c/,
    );
    expect(await logins()).toBe(4);
    // Two more that are wrong make five: then not even the right one is tried.
    for (const wrong of ['1', '2']) {
      await writeFile(pinFile, `${pin}${wrong}`);
      await refusedStart(faulty.strongroom);
    }
    await writeFile(pinFile, pin);
    expect((await refusedStart(faulty.strongroom)).line).toMatch(/refused several PINs.* remove /);
    expect(await logins()).toBe(6);
    await rm(join(faulty.strongroom.dataDir, 'root.refused-pin'));
    await faulty.strongroom.start();
    expect(await logins()).toBe(7);
  });

  it('is not tried when its command fails, whatever it said', async () => {
    await by((dataDir) => ({
      pinCommand: ['/bin/sh', '-c', `cat ${join(dataDir, 'root.pin')}; exit 1`],
    }));
    const { line } = await refusedStart(faulty.strongroom);
    expect(line).toMatch(/can't be read from the command \/bin\/sh \(it ended with exit code 1\)/);
    expect(line).not.toContain(pin);
    expect(await logins()).toBe(0);
  });
});
