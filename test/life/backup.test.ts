import { once } from 'node:events';
import { copyFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateUserCommand, GetUserCommand } from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  DescribeKeyCommand,
  type KMSClient,
  RotateKeyOnDemandCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { decrypt, encrypt, makeKey, makeTokenKey } from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { type DatabaseMaker, databases } from '../support/databases.js';
import { configure } from '../support/faulty-strongroom.js';
import { clientsOf } from '../support/principals.js';
import { refusedStart } from '../support/refused-start.js';
import { makeSoftHsmToken } from '../support/softhsm-token.js';
import { Strongroom } from '../support/strongroom.js';

const PASSPHRASE = 'a passphrase of the tests';

// Its tests are one drill, in their order: a guess of a passphrase is dear, and so is each server.
describe.each(databases)('a backup of a server on $name', ({ name, prepare }) => {
  let maker: DatabaseMaker;
  let old: Strongroom;
  let client: KMSClient;
  let store: string;
  let ciphertexts: Uint8Array[];
  let file: string;
  let fresh: Strongroom | undefined;

  /** SQLite's database is in the data directory, as by default. */
  const databaseOf = async () => (name === 'SQLite' ? {} : { databaseUrl: await maker.create() });

  beforeAll(async () => {
    maker = await prepare();
    old = await Strongroom.create({ yaml: await databaseOf() });
    await writeFile(join(old.dir, 'passphrase'), `${PASSPHRASE}\n`, { mode: 0o600 });
    file = join(old.dir, 'kms.age');
    await old.start();
    client = await old.client();
    store = await connectedKeyStore(old, client);
    const software = await makeKey(client);
    const before = await encrypt(client, software);
    await client.send(new RotateKeyOnDemandCommand({ KeyId: software }));
    await client.send(new CreateAliasCommand({ AliasName: 'alias/kept', TargetKeyId: software }));
    const Tags = [{ TagKey: 'purpose', TagValue: 'drill' }];
    await client.send(new TagResourceCommand({ KeyId: software, Tags }));
    const inToken = await makeTokenKey(client, store);
    ciphertexts = [before, await encrypt(client, software), await encrypt(client, inToken)];
    const { iam } = clientsOf(old, await old.credentials());
    await iam.send(new CreateUserCommand({ UserName: 'kept' }));
  });
  afterAll(async () => {
    await old?.dispose();
    await maker?.dispose();
  });
  afterEach(async () => {
    await fresh?.dispose();
    fresh = undefined;
  });

  /** What one of the commands is called with. */
  const backup = (command: string, of = file, passphrase = 'passphrase') => [
    ...['backup', command, command === 'create' ? '--to' : '--from', of],
    ...['--passphrase-file', join(old.dir, passphrase)],
  ];

  /** A machine that has never had a Strongroom. */
  async function emptyMachine(): Promise<Strongroom> {
    fresh = await Strongroom.create({ yaml: await databaseOf() });
    await rm(fresh.dataDir, { recursive: true });
    return fresh;
  }

  async function expectEverything(strongroom: Strongroom): Promise<void> {
    const own = await strongroom.client();
    await connectionState(own, store, 'CONNECTED');
    for (const ciphertext of ciphertexts) await decrypt(own, ciphertext);
    const kept = { KeyId: 'alias/kept' };
    expect((await own.send(new DescribeKeyCommand(kept))).KeyMetadata?.Enabled).toBe(true);
    const { iam } = clientsOf(strongroom, await strongroom.credentials());
    await iam.send(new GetUserCommand({ UserName: 'kept' }));
    // It goes on as a server does.
    await encrypt(own, await makeKey(own));
    await encrypt(own, await makeTokenKey(own, store));
  }

  it('is made while the server works, and one that is killed leaves none', async () => {
    let going = true;
    onTestFinished(() => {
      going = false;
    });
    const load = (async () => {
      for (; going; ) await makeKey(client);
    })();
    const killed = old.spawned(...backup('create'));
    await expect.poll(() => readdir(old.dir)).toContain('kms.age.unfinished');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(await readdir(old.dir)).not.toContain('kms.age');
    const made = await old.cli(...backup('create'), '--with-softhsm');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    going = false;
    await load;
    expect((await readdir(old.dir)).filter((each) => each.includes('unfinished'))).toEqual([]);
    expect((await readFile(file)).includes(Buffer.from('alias/kept'))).toBe(false);
    expect((await old.cli(...backup('verify'))).stdout).toMatch(
      /is whole: of 20.+, with \d+ keys, .+ which is in it/,
    );
  });

  // The file is the same of each kind of database.
  const spoiled: readonly (readonly [
    string,
    (file: string) => Promise<unknown>,
    string,
    RegExp,
  ])[] = [
    ['another passphrase', async () => {}, 'quite another one', /passphrase/],
    ['a short passphrase', async () => {}, 'short', /fewer than 12/],
    ['half of the file', (cut) => truncate(cut, 20_000), PASSPHRASE, /was cut|damaged/],
    ['no file', (gone) => rm(gone), PASSPHRASE, /can't be read \(ENOENT\)/],
  ];
  it.each(name === 'SQLite' ? spoiled : [])(
    '%s: refused with one line, and nothing is written',
    async (_what, spoil, passphrase, line) => {
      const bad = `${file}.bad`;
      await copyFile(file, bad);
      await spoil(bad);
      await writeFile(join(old.dir, 'other'), passphrase, { mode: 0o600 });
      const machine = await emptyMachine();
      for (const command of ['verify', 'restore']) {
        const { code, stdout, stderr } = await machine.cli(...backup(command, bad, 'other'));
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(stderr).toMatch(line);
        expect(stderr.split('\n')).toHaveLength(2);
      }
      expect(await readdir(machine.dataDir).catch(() => [])).toEqual([]);
    },
  );

  it('restored beside its original it is a copy, which is asked for', async () => {
    const machine = await emptyMachine();
    expect((await machine.cli(...backup('restore'))).code).toBe(0);
    expect((await refusedStart(machine)).line).toContain(`is a copy of ${old.dataDir}`);
    if (name !== 'SQLite') return;
    await machine.start('--as-copy');
    await expectEverything(machine);
  });

  it('is restored only where nothing is, and not while a server runs there', async () => {
    expect(await old.cli(...backup('restore'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is running'),
    });
    await old.stop();
    expect(await old.cli(...backup('restore'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is there already'),
    });
    await old.start();
    await expectEverything(old);
  });

  it('the old machine is lost: restored on an empty one, also after a restore that was killed', async () => {
    await old.stop();
    await rm(old.dataDir, { recursive: true });
    const machine = await emptyMachine();
    const restoring = machine.spawned(...backup('restore'));
    await expect.poll(() => readdir(machine.dataDir).catch(() => [])).toContain('restoring');
    restoring.kill('SIGKILL');
    await once(restoring, 'exit');
    expect((await refusedStart(machine)).line).toMatch(/was begun and did not end: repeat/);
    expect(await machine.cli(...backup('restore'))).toMatchObject({ code: 0, stderr: '' });
    await machine.start();
    await expectEverything(machine);
    await machine.stop();

    // What it says of its root key holds whatever the token is called.
    const other = await makeSoftHsmToken({ label: 'root' });
    try {
      const pinFile = join(other.dir, 'pin');
      await writeFile(pinFile, other.pin, { mode: 0o600 });
      const { module, env } = other;
      await configure(machine, {
        ...machine.settings.yaml,
        tokens: [{ id: 'root', label: 'root', module, env, vendor: 'softhsm', pinFile }],
      });
      expect((await refusedStart(machine)).line).toMatch(/does not hold the root key of this/);
    } finally {
      await other.dispose();
    }
  });
});
