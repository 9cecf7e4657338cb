/** What a token's host and its server hold after many operations, and a token with little room. */
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { afterEach, describe, expect, it } from 'vitest';
import { roundTrip } from '../support/clients.js';
import { connectedKeyStore } from '../support/custom-key-store.js';
import {
  CLUSTER_ID,
  type FaultyStrongroom,
  faultyStrongroom,
} from '../support/faulty-strongroom.js';
import { Load } from '../support/kills/load.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';
import { hostOf, residentBytes } from '../support/processes.js';
import { soakRounds } from '../support/soak.js';
import { usesInTurn } from '../support/tokens/uses-in-turn.js';

const MIB = 2 ** 20;
const CALLERS = 8;

const OPERATIONS = soakRounds(200_000);
const MAY_GROW = 32 * MIB;

const KEYS = soakRounds(20_000);
const ROOM = 256;

describe('a token', () => {
  let faulty: FaultyStrongroom;
  afterEach(() => faulty.dispose());

  it(`after ${OPERATIONS} uses of keys of every kind has grown no memory`, async () => {
    faulty = await faultyStrongroom();
    const { strongroom } = faulty;
    await strongroom.start();
    const client = await strongroom.client();
    const load = new Load(
      CALLERS,
      await usesInTurn(client, await connectedKeyStore(strongroom, client)),
    );
    const held = async () => {
      const pids = [strongroom.pid, await hostOf(strongroom, CLUSTER_ID)];
      return Promise.all(pids.map(residentBytes));
    };
    // Caches fill and code is compiled in the first tenth.
    await load.answered(Math.ceil(OPERATIONS / 10));
    const before = await held();
    await load.answered(OPERATIONS - load.answers);
    const after = await held();
    await load.stop();
    expect(load.errors).toEqual([]);
    console.log(
      `MiB of server and host: ${[before, after].map((each) => each.map(inMiB).join(', ')).join(' -> ')}`,
    );
    const grown = after.map((bytes, at) => bytes - (before[at] ?? 0));
    expect(Math.max(...grown)).toBeLessThan(MAY_GROW);
  });

  it(`with room for ${ROOM} objects serves ${KEYS} keys, and finds out itself how many it can hold`, async () => {
    faulty = await faultyStrongroom({ token: { residency: 'wrapped', loadedKeys: 4 * ROOM } });
    const { strongroom, cluster } = faulty;
    await cluster.set(`objects ${ROOM}`);
    await strongroom.start();
    const client = await strongroom.client();
    const CustomKeyStoreId = await connectedKeyStore(strongroom, client);
    const keys: string[] = [];
    const making = new Load(CALLERS, async () => {
      const order = { CustomKeyStoreId, Origin: 'AWS_CLOUDHSM' } as const;
      const { KeyMetadata } = await client.send(new CreateKeyCommand(order));
      keys.push(KeyMetadata?.KeyId ?? '');
    });
    await making.answered(KEYS);
    await making.stop();
    expect(making.errors).toEqual([]);

    let next = 0;
    const using = new Load(CALLERS, async () => {
      next += 1;
      await roundTrip(client, keys[next % keys.length] ?? '');
    });
    await using.answered(keys.length + 2 * ROOM);
    await using.stop();
    expect(using.errors).toEqual([]);
    const objects = await new Pkcs11Tool(strongroom, CLUSTER_ID).keyIds();
    expect(objects).toHaveLength(1);
  });
});

const inMiB = (bytes: number) => Math.round(bytes / MIB);
