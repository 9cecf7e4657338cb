/** Passwords that are tried once over all servers of a database, all their starts and whatever comes of it. */
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  DisconnectCustomKeyStoreCommand,
  type KMSClient,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTokenKey, roundTrip } from '../support/clients.js';
import { connectionState, newKeyStore } from '../support/custom-key-store.js';
import { type DatabaseMaker, databases } from '../support/databases.js';
import { buildFaultModule } from '../support/fault-module/fault-module.js';
import {
  CLUSTER_ID,
  configure,
  type FaultyStrongroom,
  faultyStrongroom,
  tokenEntry,
} from '../support/faulty-strongroom.js';
import { Strongroom } from '../support/strongroom.js';

const WRONG_PASSWORD = 'not-the-pin';
const ROOT = { rootAccessKeyId: 'EXAMPLEROOTACCESSKEY', rootSecretAccessKey: 'x'.repeat(40) };
/** A login that hangs is given up after two seconds more. */
const token = { sessions: 1, startTimeoutMs: 2000 };

describe.each(databases)('two servers on one $name', (kind) => {
  let maker: DatabaseMaker;
  let faulty: FaultyStrongroom;
  let servers: readonly [Strongroom, Strongroom];
  let CustomKeyStoreId: string | undefined;
  let right: string;

  beforeAll(async () => {
    maker = await kind.prepare();
    const yaml = { ...ROOT, databaseUrl: await maker.create() };
    faulty = await faultyStrongroom({ yaml, token });
    const { strongroom: one } = faulty;
    const two = await Strongroom.create();
    const module = await buildFaultModule();
    const tokens = [
      tokenEntry(one.dataDir, 'root', { ...token, module, env: faulty.root.env }),
      tokenEntry(one.dataDir, CLUSTER_ID, { ...token, module, env: faulty.cluster.env }),
    ];
    await configure(two, { ...yaml, tokens });
    servers = [one, two];
    for (const server of servers) await server.start();
    const members = await newKeyStore(one);
    right = members.KeyStorePassword;
    const made = await (await client(0)).send(new CreateCustomKeyStoreCommand(members));
    CustomKeyStoreId = made.CustomKeyStoreId;
  });
  afterAll(async () => {
    await servers?.[1].dispose();
    await faulty?.dispose();
    await maker?.dispose();
  });

  const client = (index: number): Promise<KMSClient> => (servers[index] as Strongroom).client();
  const logins = () => faulty.cluster.calls('C_Login');

  async function both(state: 'CONNECTED' | 'FAILED' | 'DISCONNECTED'): Promise<void> {
    for (const index of [0, 1]) {
      await connectionState(await client(index), CustomKeyStoreId ?? '', state);
    }
  }

  async function disconnect(index: number): Promise<void> {
    await (await client(index)).send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await both('DISCONNECTED');
  }

  const connect = async (index: number) =>
    (await client(index)).send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));

  async function set(KeyStorePassword: string): Promise<void> {
    const input = { CustomKeyStoreId, KeyStorePassword };
    await (await client(0)).send(new UpdateCustomKeyStoreCommand(input));
  }

  /** Connects by either server, restarts each, and finds that no login was made. */
  async function staysRefused(starts: readonly number[]): Promise<void> {
    const before = await logins();
    for (const index of starts) {
      await disconnect(index);
      await servers[index]?.stop();
      await servers[index]?.start();
      await connect(index);
      await both('FAILED');
      const { CustomKeyStores: [store] = [] } = await (await client(index)).send(
        new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }),
      );
      expect(store?.ConnectionErrorCode).toBe('INVALID_CREDENTIALS');
    }
    expect(await logins()).toBe(before);
  }

  async function connectedAgain(): Promise<void> {
    await faulty.cluster.clear();
    await disconnect(0);
    await set(right);
    await connect(0);
    await both('CONNECTED');
  }

  /** The first server alone is in a login that gets no answer. @returns the logins before it */
  async function hangsInLogin(): Promise<number> {
    await set(right);
    await faulty.cluster.set('hang C_Login');
    const before = await logins();
    // The other one would try it as well, if it were there.
    await servers[1].stop();
    await connect(0);
    await expect.poll(logins).toBe(before + 1);
    return before;
  }

  it('log in once each with a password that is right', async () => {
    await connect(0);
    await both('CONNECTED');
    expect(await logins()).toBe(2);
    const keyId = await makeTokenKey(await client(0), CustomKeyStoreId ?? '');
    for (const index of [0, 1]) await roundTrip(await client(index), keyId);
    // Known to be right, it is no one's to wait for.
    for (const server of servers) await server.kill();
    await Promise.all(servers.map((server) => server.start()));
    await both('CONNECTED');
    expect(await logins()).toBe(4);
    await disconnect(0);
  });

  // What comes of a login is the same of each kind of database; what two servers know of it is not.
  const outcomes: readonly [string, password: string | undefined, directive?: string][] = [
    ['is wrong', WRONG_PASSWORD],
    ['gets a code that nobody knows', undefined, `failafter C_Login ${0x80000123}`],
    ['ends the token’s host', undefined, 'crash C_Login'],
    ['gets no answer', undefined, 'hang C_Login'],
  ];
  it.each(kind.name === 'SQLite' ? outcomes : outcomes.slice(0, 1))(
    'log in once in all with one that %s, until it is set again',
    async (_, password, directive) => {
      await set(password ?? right);
      // The other server hears of the wish to connect while the login goes on.
      await faulty.cluster.set('delay C_Login 1000000', ...(directive ? [directive] : []));
      const before = await logins();
      await connect(0);
      await both('FAILED');
      expect(await logins()).toBe(before + 1);
      await staysRefused(password === undefined ? [1] : [1, 0]);
      expect(await logins()).toBe(before + 1);
      await connectedAgain();
      expect(await logins()).toBe(before + 3);
      await disconnect(0);
    },
  );

  it('log in once in all when the one that did was killed in it', async () => {
    const [one] = servers;
    const before = await hangsInLogin();
    await one.kill();
    await faulty.cluster.clear();
    // Another server can't know that it is dead, but waits, and takes its silence for a refusal.
    await servers[1].start();
    await connectionState(await client(1), CustomKeyStoreId ?? '', 'FAILED');
    await one.start();
    await both('FAILED');
    await staysRefused([0]);
    expect(await logins()).toBe(before + 1);
    await connectedAgain();
    await disconnect(0);
  });

  it('log in once in all with one that its own server finds unfinished', async () => {
    const [one] = servers;
    const before = await hangsInLogin();
    for (let start = 0; start < 3; start += 1) {
      await one.kill();
      await one.start();
      await connectionState(await client(0), CustomKeyStoreId ?? '', 'FAILED');
    }
    expect(await logins()).toBe(before + 1);
  });
});
