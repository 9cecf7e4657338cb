/** The root token's PIN, tried once over all servers of a database. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey, roundTrip } from '../support/clients.js';
import { type DatabaseMaker, databases } from '../support/databases.js';
import { buildFaultModule } from '../support/fault-module/fault-module.js';
import {
  configure,
  type FaultyStrongroom,
  faultyStrongroom,
} from '../support/faulty-strongroom.js';
import { refusedStart } from '../support/refused-start.js';
import { Strongroom } from '../support/strongroom.js';

const ROOT = { rootAccessKeyId: 'EXAMPLEROOTACCESSKEY', rootSecretAccessKey: 'x'.repeat(40) };
const REFUSED = /refused this PIN before, or nobody knows .*, so it was not tried again/;

describe('two servers on one PostgreSQL', () => {
  let maker: DatabaseMaker;
  let faulty: FaultyStrongroom;
  let one: Strongroom;
  let two: Strongroom;
  let pinFiles: string[];
  let right: string;

  beforeAll(async () => {
    const kind = databases.find(({ name }) => name === 'PostgreSQL');
    if (!kind) throw new Error('there is no PostgreSQL to test on');
    maker = await kind.prepare();
    const databaseUrl = await maker.create();
    faulty = await faultyStrongroom();
    one = faulty.strongroom;
    two = await Strongroom.create();
    const module = await buildFaultModule();
    right = await readFile(join(one.dataDir, 'root.pin'), 'utf8');
    pinFiles = [one, two].map(({ dir }) => join(dir, 'pin of root'));
    for (const [index, server] of [one, two].entries()) {
      const source = encodeURIComponent(`file:${pinFiles[index]}`);
      const root = {
        id: 'root',
        uri: `pkcs11:token=root;model=SoftHSM%20v2?module-path=${encodeURIComponent(module)}&pin-source=${source}`,
        vendor: 'softhsm',
        env: {
          ...faulty.root.env,
          SOFTHSM2_CONF: join(one.dataDir, 'softhsm', 'softhsm2.conf'),
        },
      };
      await configure(server, { ...ROOT, databaseUrl, tokens: [root] });
      await rm(join(server.dataDir, 'root.proven-pin'));
    }
  });
  afterAll(async () => {
    await two?.dispose();
    await faulty?.dispose();
    await maker?.dispose();
  });

  const logins = () => faulty.root.calls('C_Login');
  const givePin = (pin: string) =>
    Promise.all(pinFiles.map((file) => writeFile(file, pin, { mode: 0o600 })));

  it('that is empty, and both start at once with a wrong PIN: one tries it, and none again', async () => {
    await givePin('0000000000');
    const lines = (await Promise.all([refusedStart(one), refusedStart(two)])).map(
      ({ line }) => line,
    );
    expect(lines.filter((line) => /CKR_PIN_INCORRECT/.test(line))).toHaveLength(1);
    expect(lines.filter((line) => REFUSED.test(line))).toHaveLength(1);
    for (const server of [two, one]) expect((await refusedStart(server)).line).toMatch(REFUSED);
    // Of the one that has not tried it, the data directory knows nothing.
    const untold = lines.findIndex((line) => REFUSED.test(line)) === 0 ? one : two;
    const check = await untold.cli('token', 'check', 'root');
    expect(`${check.stdout}${check.stderr}`).toMatch(REFUSED);
    expect(await logins()).toBe(1);
  });

  it('with a PIN whose server is killed in the login: it was tried, until an operator says otherwise', async () => {
    await givePin(right);
    await faulty.root.set('hang C_Login');
    const starting = one.start().catch(() => 'killed');
    await expect.poll(logins).toBe(2);
    await one.kill();
    expect(await starting).toBe('killed');
    await faulty.root.clear();
    // What its own directory knows is not what holds it back.
    await rm(join(one.dataDir, 'root.refused-pin'));
    for (const server of [one, two]) {
      const { line } = await refusedStart(server);
      expect(line).toMatch(REFUSED);
      expect(line).toContain(`make the file ${join(server.dataDir, 'root.try-pin-again')}`);
    }
    expect(await logins()).toBe(2);
    await writeFile(join(two.dataDir, 'root.try-pin-again'), '');
    await two.start();
    expect(await logins()).toBe(3);
  });

  it('with a PIN that is right: one login each, be they killed in it', async () => {
    await one.start();
    const keyId = await makeKey(await one.client());
    for (const server of [one, two]) await roundTrip(await server.client(), keyId);
    expect(await logins()).toBe(4);
    await one.stop();
    await faulty.root.set('hang C_Login');
    const starting = one.start().catch(() => 'killed');
    await expect.poll(logins).toBe(5);
    await one.kill();
    await starting;
    await faulty.root.clear();
    await one.start();
    expect(await logins()).toBe(6);
    await roundTrip(await one.client(), keyId);
  });
});
