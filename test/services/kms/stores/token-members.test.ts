/** A custom key store with two tokens behind it, one a copy of the other. */
import {
  ConnectCustomKeyStoreCommand,
  CreateKeyCommand,
  DescribeCustomKeyStoresCommand,
  DisconnectCustomKeyStoreCommand,
  type KMSClient,
  ScheduleKeyDeletionCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decrypt, encrypt, PLAINTEXT, roundTrip } from '../../../support/clients.js';
import { connectedKeyStore, connectionState } from '../../../support/custom-key-store.js';
import { eventually } from '../../../support/eventually.js';
import type { FaultControl } from '../../../support/fault-module/fault-module.js';
import {
  CLUSTER_ID,
  type FaultyStrongroom,
  faultyStrongroom,
} from '../../../support/faulty-strongroom.js';
import { Pkcs11Tool } from '../../../support/pkcs11-tool.js';
import { hostOf } from '../../../support/processes.js';
import { SimulatedServer } from '../../../support/simulated-server.js';
import { addTokenCopy, COPY_ID, placeOfCopy } from '../../../support/token-copy.js';

const IDS = [CLUSTER_ID, COPY_ID] as const;

/** A store that is connected to a token and its copy, with one key from before there was the copy. */
class Bench {
  faulty!: FaultyStrongroom;
  client!: KMSClient;
  storeId!: string;
  keyId!: string;
  faults!: Readonly<Record<(typeof IDS)[number], FaultControl>>;

  async start(token: Record<string, unknown>): Promise<void> {
    const yaml = { clock: 'simulated', developmentServer: true };
    this.faulty = await faultyStrongroom({ token, yaml });
    const { strongroom, cluster } = this.faulty;
    await strongroom.start();
    this.client = await strongroom.client();
    this.storeId = await connectedKeyStore(strongroom, this.client);
    this.keyId = await this.make();
    await strongroom.stop();
    this.faults = {
      [CLUSTER_ID]: cluster,
      [COPY_ID]: await addTokenCopy(this.faulty, { token, yaml }),
    };
    await this.restart();
  }

  async restart(): Promise<void> {
    await this.faulty.strongroom.stop();
    await this.faulty.strongroom.start();
    this.client = await this.faulty.strongroom.client();
    await connectionState(this.client, this.storeId, 'CONNECTED');
    for (const id of IDS) await this.isIn(id, 'ready');
  }

  async make(): Promise<string> {
    const order = { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: this.storeId } as const;
    const { KeyMetadata } = await this.client.send(new CreateKeyCommand(order));
    return KeyMetadata?.KeyId ?? '';
  }

  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.faulty.strongroom.endpoint}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`strongroom_token_${name} `));
    return Number(line?.split(' ')[1] ?? 0);
  }

  async isIn(id: string, state: string): Promise<void> {
    const name = `state{token="${id}",state="${state}"}`;
    await eventually(`${id} is ${state}`, async () => (await this.metric(name)) === 1);
  }

  encryptions(id: string): Promise<number> {
    return this.metric(`call_duration_seconds_count{token="${id}",call="encrypt"}`);
  }

  /** Takes a token away, as if it were unplugged. */
  async takeAway(id: (typeof IDS)[number]): Promise<void> {
    await this.faults[id].set('absent');
    process.kill(await hostOf(this.faulty.strongroom, id), 'SIGKILL');
    await this.isIn(id, 'absent');
  }

  async bringBack(id: (typeof IDS)[number]): Promise<void> {
    await this.faults[id].clear();
    await this.isIn(id, 'ready');
  }

  /** Of the keys in each token. */
  ckaIds(): Promise<string[][]> {
    const places = [this.faulty.strongroom, placeOfCopy(this.faulty)];
    return Promise.all(places.map((place) => new Pkcs11Tool(place, CLUSTER_ID).keyIds()));
  }

  async dispose(): Promise<void> {
    for (const id of IDS) await this.faults?.[id].clear();
    await this.faulty?.dispose();
  }
}

/** What holds of them however they came into both. */
function serveTogether(bench: Bench): void {
  it('are used in turn', async () => {
    const before = await Promise.all(IDS.map((id) => bench.encryptions(id)));
    await eventually('both have encrypted', async () => {
      await Promise.all(Array.from({ length: 10 }, () => encrypt(bench.client, bench.keyId)));
      const after = await Promise.all(IDS.map((id) => bench.encryptions(id)));
      return after.every((count, at) => count > (before[at] ?? 0));
    });
  });

  it.each(IDS)('are no outage while %s is away, and it serves again afterwards', async (id) => {
    const kept = await encrypt(bench.client, bench.keyId);
    let calls = 0;
    let ended = false;
    const load = Array.from({ length: 4 }, async () => {
      while (!ended) {
        await roundTrip(bench.client, bench.keyId);
        calls += 1;
      }
    });
    try {
      await bench.takeAway(id);
      const away = calls;
      await expect.poll(() => calls).toBeGreaterThan(away + 50);
      await bench.bringBack(id);
    } finally {
      ended = true;
    }
    await Promise.all(load);
    const before = await bench.encryptions(id);
    // Not at once: while it is read and tried out it has more to do than the other.
    await eventually('it serves again', async () => {
      await encrypt(bench.client, bench.keyId);
      return (await bench.encryptions(id)) > before;
    });
    expect(Buffer.from(await decrypt(bench.client, kept))).toEqual(PLAINTEXT);
  });

  it('serve at a start at which the first of them is away', async () => {
    await bench.faulty.strongroom.stop();
    await bench.faults[CLUSTER_ID].set('absent');
    await bench.faulty.strongroom.start();
    bench.client = await bench.faulty.strongroom.client();
    await connectionState(bench.client, bench.storeId, 'CONNECTED');
    await roundTrip(bench.client, bench.keyId);
    await bench.bringBack(CLUSTER_ID);
  });
}

describe('wrapped keys of two tokens', () => {
  const bench = new Bench();
  beforeAll(() => bench.start({ residency: 'wrapped' }));
  afterAll(() => bench.dispose());

  serveTogether(bench);

  it('are made while one is away, and used by it when it is back', async () => {
    await bench.takeAway(CLUSTER_ID);
    const keyId = await bench.make();
    const ciphertext = await encrypt(bench.client, keyId);
    await bench.bringBack(CLUSTER_ID);
    await bench.takeAway(COPY_ID);
    expect(Buffer.from(await decrypt(bench.client, ciphertext))).toEqual(PLAINTEXT);
    await bench.bringBack(COPY_ID);
  });

  it('are not made when the other can’t unwrap them', async () => {
    await bench.faults[COPY_ID].set('fail C_UnwrapKey 6');
    const made = await bench.make().catch((error: Error) => error.name);
    await bench.faults[COPY_ID].clear();
    // Whichever has the least to do makes it: the copy can't even then.
    expect(made).toBe('KMSInternalException');
  });

  it('are not looked for in one that lost the wrapping key, which costs no call', async () => {
    await bench.faulty.strongroom.stop();
    const copy = new Pkcs11Tool(placeOfCopy(bench.faulty), CLUSTER_ID);
    const [wrapping = ''] = await copy.keyIds();
    await copy.run('--delete-object', '--type', 'secrkey', '--id', wrapping);
    await bench.restart();
    await eventually('it is said', async () =>
      bench.faulty.strongroom.log.includes('lacks a key that it must share'),
    );
    const before = await bench.encryptions(COPY_ID);
    for (let count = 0; count < 20; count += 1) await roundTrip(bench.client, bench.keyId);
    await roundTrip(bench.client, await bench.make());
    expect(await bench.encryptions(COPY_ID)).toBe(before);
  });
});

describe('keys in two tokens that take nothing over from one another', () => {
  const bench = new Bench();
  beforeAll(() => bench.start({}));
  afterAll(() => bench.dispose());

  serveTogether(bench);

  it('are refused as a whole, and nothing of them is left', async () => {
    const before = await bench.ckaIds();
    await expect(bench.make()).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
      message: expect.stringMatching(/did not get into the member cluster-softhsmtoken/),
    });
    expect(await bench.ckaIds()).toEqual(before);
  });

  it('are not made while one is away', async () => {
    await bench.takeAway(COPY_ID);
    const made = bench.make();
    await expect(made).rejects.toMatchObject({ name: 'CustomKeyStoreInvalidStateException' });
    await bench.bringBack(COPY_ID);
  });

  it('are destroyed in both, and in one that was away when it is back', async () => {
    expect((await bench.ckaIds()).map(({ length }) => length)).toEqual([1, 1]);
    const faults = bench.faults[COPY_ID];
    const order = { KeyId: bench.keyId, PendingWindowInDays: 7 };
    await bench.client.send(new ScheduleKeyDeletionCommand(order));
    await bench.takeAway(COPY_ID);
    await SimulatedServer.of(bench.faulty.strongroom).advance(8);
    await eventually('one is destroyed', async () => (await bench.ckaIds())[0]?.length === 0);
    expect((await bench.ckaIds())[1]).toHaveLength(1);
    await faults.clear();
    await eventually('the other is, too', async () => (await bench.ckaIds())[1]?.length === 0);
  });

  it('are asked for the password one after the other: what one refuses no other sees', async () => {
    const logins = () => Promise.all(IDS.map((id) => bench.faults[id].calls('C_Login')));
    const store = { CustomKeyStoreId: bench.storeId };
    await bench.client.send(new DisconnectCustomKeyStoreCommand(store));
    await connectionState(bench.client, bench.storeId, 'DISCONNECTED');
    const before = await logins();
    const { CustomKeyStores } = await bench.client.send(new DescribeCustomKeyStoresCommand(store));
    expect(CustomKeyStores).toHaveLength(1);
    const wrong = { ...store, KeyStorePassword: 'wrong-password' };
    await bench.client.send(new UpdateCustomKeyStoreCommand(wrong));
    await bench.client.send(new ConnectCustomKeyStoreCommand(store));
    await connectionState(bench.client, bench.storeId, 'FAILED');
    const after = await logins();
    expect(after.map((count, at) => count - (before[at] ?? 0))).toEqual([1, 0]);
  });
});
