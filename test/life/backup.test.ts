import { once } from 'node:events';
import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateUserCommand, GetUserCommand } from '@aws-sdk/client-iam';
import {
  CreateAliasCommand,
  DescribeKeyCommand,
  type KMSClient,
  RotateKeyOnDemandCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from 'vitest';
import { decrypt, encrypt, makeKey, makeTokenKey } from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { type DatabaseMaker, databases } from '../support/databases.js';
import { configure } from '../support/faulty-strongroom.js';
import { clientsOf } from '../support/principals.js';
import { refusedStart } from '../support/refused-start.js';
import { makeSoftHsmToken } from '../support/softhsm-token.js';
import { Strongroom } from '../support/strongroom.js';

const PASSPHRASE = 'a passphrase of the tests';

describe.each(databases)('a backup of a server on $name', ({ name, prepare }) => {
  let maker: DatabaseMaker;
  let old: Strongroom;
  let client: KMSClient;
  let store: string;
  let ciphertexts: Uint8Array[];
  let settings: Record<string, unknown>;
  let file: string;
  let fresh: Strongroom;

  beforeAll(async () => {
    maker = await prepare();
  });
  afterAll(() => maker.dispose());

  /** SQLite's database is in the data directory, as by default. */
  const databaseOf = async () => (name === 'SQLite' ? {} : { databaseUrl: await maker.create() });

  beforeEach(async () => {
    settings = await databaseOf();
    old = await Strongroom.create({ yaml: settings });
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
    fresh = Strongroom.running(old.dir, '', {});
  });

  afterEach(async () => {
    if (fresh.dir !== old.dir) await fresh.dispose();
    await old.dispose();
  });

  const backup = (strongroom: Strongroom, command: string, at: string, ...options: string[]) =>
    strongroom.cli(
      ...['backup', command, at, file, '--passphrase-file', join(old.dir, 'passphrase')],
      ...options,
    );
  const create = (...options: string[]) => backup(old, 'create', '--to', ...options);
  const verify = () => backup(old, 'verify', '--from');
  const restore = () => backup(fresh, 'restore', '--from');

  /** A machine that has never had a Strongroom. */
  async function emptyMachine(): Promise<void> {
    const yaml = await databaseOf();
    fresh = await Strongroom.create({ yaml });
    await rm(fresh.dataDir, { recursive: true });
  }

  /** The old machine is gone, with all that is in its data directory. */
  async function lose(): Promise<void> {
    await old.stop();
    await rm(old.dataDir, { recursive: true });
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

  it('the drill: made while the server works, restored on an empty machine, kills included', async () => {
    let going = true;
    onTestFinished(() => {
      going = false;
    });
    const load = (async () => {
      for (; going; ) await makeKey(client);
    })();
    const killed = old.spawned(
      'backup',
      'create',
      '--to',
      file,
      '--passphrase-file',
      join(old.dir, 'passphrase'),
    );
    await expect.poll(() => readdir(old.dir)).toContain('kms.age.unfinished');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(await readdir(old.dir)).not.toContain('kms.age');
    expect(await create('--with-softhsm')).toMatchObject({ code: 0, stderr: '' });
    going = false;
    await load;
    expect((await readdir(old.dir)).filter((each) => each.includes('unfinished'))).toEqual([]);
    expect((await readFile(file)).includes(Buffer.from('alias/kept'))).toBe(false);
    expect((await verify()).stdout).toMatch(/is whole: of 20.+, with \d+ keys, .+ which is in it/);

    await lose();
    await emptyMachine();
    const restoring = fresh.spawned(
      'backup',
      'restore',
      '--from',
      file,
      '--passphrase-file',
      join(old.dir, 'passphrase'),
    );
    await expect.poll(() => readdir(fresh.dataDir).catch(() => [])).toContain('restoring');
    restoring.kill('SIGKILL');
    await once(restoring, 'exit');
    expect((await refusedStart(fresh)).line).toMatch(/was begun and did not end: repeat/);
    expect(await restore()).toMatchObject({ code: 0, stderr: '' });
    await fresh.start();
    await expectEverything(fresh);
  });

  it('restored beside its original it is a copy, which is asked for', async () => {
    await create('--with-softhsm');
    await emptyMachine();
    expect((await restore()).code).toBe(0);
    expect((await refusedStart(fresh)).line).toContain(`is a copy of ${old.dataDir}`);
    if (name !== 'SQLite') return;
    await fresh.start('--as-copy');
    await expectEverything(fresh);
  });

  it('is restored only where nothing is, and not while a server runs there', async () => {
    await create();
    fresh = old;
    expect(await restore()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is running'),
    });
    await old.stop();
    const { code, stderr } = await restore();
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is there already'),
    });
    await old.start();
    await expectEverything(old);
  });

  it('with another root token the server does not start on it', async () => {
    await create();
    await lose();
    await emptyMachine();
    await restore();
    const other = await makeSoftHsmToken({ label: 'root' });
    try {
      const pinFile = join(other.dir, 'pin');
      await writeFile(pinFile, other.pin, { mode: 0o600 });
      const { module, env } = other;
      await configure(fresh, {
        ...fresh.settings.yaml,
        tokens: [{ id: 'root', label: 'root', module, env, vendor: 'softhsm', pinFile }],
      });
      expect((await refusedStart(fresh)).line).toMatch(/does not hold the root key of this/);
    } finally {
      await other.dispose();
    }
  });

  // The file is the same of each kind of database.
  const spoiled: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
    [
      'another passphrase',
      () => writeFile(join(old.dir, 'passphrase'), 'quite another one'),
      /passphrase/,
    ],
    ['a short passphrase', () => writeFile(join(old.dir, 'passphrase'), 'short'), /fewer than 12/],
    ['half of the file', () => truncate(file, 20_000), /was cut|damaged/],
    ['no file', () => rm(file), /can't be read \(ENOENT\)/],
  ];
  it.each(name === 'SQLite' ? spoiled : [])(
    '%s: refused with one line, and nothing is written',
    async (_what, spoil, line) => {
      await create();
      await spoil();
      await emptyMachine();
      for (const { code, stdout, stderr } of [await verify(), await restore()]) {
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
        expect(stderr).toMatch(line);
        expect(stderr.split('\n')).toHaveLength(2);
      }
      expect(await readdir(fresh.dataDir).catch(() => [])).toEqual([]);
    },
  );
});
