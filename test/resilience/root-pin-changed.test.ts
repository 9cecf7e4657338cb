/** A root token whose PIN is changed while its server runs. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultyStrongroom, faultyStrongroom } from '../support/faulty-strongroom.js';
import { hostOf } from '../support/processes.js';
import { refusedStart } from '../support/refused-start.js';

const PIN_INCORRECT = 0xa0;

describe('a root token that refuses its PIN while the server runs', () => {
  let faulty: FaultyStrongroom;
  let client: KMSClient;
  let pinFile: string;
  beforeAll(async () => {
    faulty = await faultyStrongroom();
    await faulty.strongroom.start();
    client = await faulty.strongroom.client();
    pinFile = join(faulty.strongroom.dataDir, 'root.pin');
  });
  afterAll(() => faulty.dispose());

  const ready = async () => (await fetch(`${faulty.strongroom.endpoint}/readyz`)).status;
  const remembered = () => stat(join(faulty.strongroom.dataDir, 'root.refused-pin'));

  it('is tried once with it, and once more when the file has another', async () => {
    const pin = (await readFile(pinFile, 'utf8')).trim();
    await faulty.root.set(`fail C_Login ${PIN_INCORRECT}`);
    process.kill(await hostOf(faulty.strongroom, 'root'), 'SIGKILL');
    await expect.poll(ready).toBe(503);
    await expect.poll(() => faulty.root.calls('C_Login')).toBe(2);
    await expect
      .poll(() =>
        remembered().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    // The file as it was is not tried again, by this server or the next start.
    await faulty.root.clear();
    await writeFile(pinFile, `${pin}\n`, { mode: 0o600 });
    expect(await ready()).toBe(503);
    await writeFile(pinFile, 'wrong-pin', { mode: 0o600 });
    await expect.poll(() => faulty.root.calls('C_Login')).toBe(3);
    expect(await ready()).toBe(503);
    await faulty.strongroom.stop();
    await refusedStart(faulty.strongroom);
    expect(await faulty.root.calls('C_Login')).toBe(3);
    await writeFile(pinFile, pin, { mode: 0o600 });
    await faulty.strongroom.start();
    client = await faulty.strongroom.client();
    await client.send(new CreateKeyCommand({}));
    expect(await faulty.root.calls('C_Login')).toBe(4);
  });

  it('takes a corrected file without a restart', async () => {
    const pin = await readFile(pinFile, 'utf8');
    const logins = await faulty.root.calls('C_Login');
    await writeFile(pinFile, 'wrong-pin', { mode: 0o600 });
    await faulty.root.set(`fail C_Login ${PIN_INCORRECT} 1`);
    process.kill(await hostOf(faulty.strongroom, 'root'), 'SIGKILL');
    // The running server has the right PIN, which is refused; then the file's wrong one is.
    await expect.poll(() => faulty.root.calls('C_Login')).toBe(logins + 2);
    await faulty.root.clear();
    await writeFile(pinFile, `${pin}x`, { mode: 0o600 });
    await expect.poll(() => faulty.root.calls('C_Login')).toBe(logins + 3);
    expect(await ready()).toBe(503);
    await writeFile(pinFile, pin, { mode: 0o600 });
    await expect.poll(ready).toBe(200);
    await client.send(new CreateKeyCommand({}));
    expect(await faulty.root.calls('C_Login')).toBe(logins + 4);
  });
});
