import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { EVERYTHING } from '../../../../src/db/changes.js';
import { keyStorePasswordLocation } from '../../../../src/kernel/sealing.js';
import type { ConnectionState } from '../../../../src/services/kms/shapes.js';
import { MAX_REFUSED_PINS } from '../../../../src/services/kms/stores/pin-tries.js';
import { DatabaseBench } from '../../../support/database-bench.js';
import { databases } from '../../../support/databases.js';
import { writeRow } from '../../../support/write-row.js';
import {
  CLUSTER_ID,
  ConnectionsBench,
  OTHER_CLUSTER_ID,
  PIN,
  refusedPin,
  STORE_ID,
  unreachable,
} from './connections-bench.js';

const database = new DatabaseBench();
let bench: ConnectionsBench;

beforeAll(async () => {
  const sqlite = databases.find(({ name }) => name === 'SQLite');
  if (sqlite) await database.prepare(await sqlite.prepare());
});

beforeEach(async () => {
  await database.begin();
  bench = await ConnectionsBench.create(database);
});

afterEach(async () => {
  vi.useRealTimers();
  await bench.dispose();
  await database.end();
});

afterAll(() => database.dispose());

const INVALID_STATE = { code: 'CustomKeyStoreInvalidStateException' };

interface Step {
  readonly from: ConnectionState;
  readonly call: 'connect' | 'disconnect';
  /** Undefined: the call is refused, and the state stays. */
  readonly to: ConnectionState | undefined;
}

/** AWS's state machine of custom key stores. */
const steps: readonly Step[] = [
  { from: 'DISCONNECTED', call: 'connect', to: 'CONNECTING' },
  { from: 'CONNECTING', call: 'connect', to: 'CONNECTING' },
  { from: 'CONNECTED', call: 'connect', to: 'CONNECTED' },
  { from: 'FAILED', call: 'connect', to: undefined },
  { from: 'DISCONNECTING', call: 'connect', to: undefined },
  { from: 'DISCONNECTED', call: 'disconnect', to: undefined },
  { from: 'CONNECTING', call: 'disconnect', to: 'DISCONNECTING' },
  { from: 'CONNECTED', call: 'disconnect', to: 'DISCONNECTING' },
  { from: 'FAILED', call: 'disconnect', to: 'DISCONNECTED' },
  { from: 'DISCONNECTING', call: 'disconnect', to: undefined },
];

describe('the state machine', () => {
  it.each(steps)('$call when $from: $to', async ({ from, call, to }) => {
    const connection = await bench.reach(from);
    if (call === 'disconnect') connection?.holdClose();
    expect(await bench.state()).toBe(from);
    const called = bench.connections[call](STORE_ID);
    if (to) await called;
    else await expect(called).rejects.toMatchObject(INVALID_STATE);
    expect(await bench.state()).toBe(to ?? from);
  });

  it('ends a disconnection in DISCONNECTED, from where it can connect again', async () => {
    const connection = await bench.reach('DISCONNECTING');
    expect(bench.connections.connected(STORE_ID)).toBeUndefined();
    connection?.letClose();
    await bench.until('DISCONNECTED');
    await bench.connections.connect(STORE_ID);
    (await bench.attempt(2)).succeed();
    await bench.until('CONNECTED');
    expect(bench.connections.connected(STORE_ID)).toBe(bench.made[1]);
  });

  it('has a connection to use in CONNECTED only', async () => {
    const connection = await bench.reach('CONNECTING');
    expect(bench.connections.connected(STORE_ID)).toBeUndefined();
    connection?.succeed();
    await bench.until('CONNECTED');
    expect(bench.connections.connected(STORE_ID)).toBe(connection);
  });

  it('is told of when it is CONNECTED, and at no other time', async () => {
    const connection = await bench.reach('CONNECTING');
    expect(bench.connected).toEqual([]);
    connection?.succeed();
    await bench.until('CONNECTED');
    expect(bench.connected).toEqual([STORE_ID]);
  });

  it('says what it is and what it should be', async () => {
    const store = await bench.store();
    expect(() => bench.connections.requireState(store, ['CONNECTED', 'FAILED'])).toThrow(
      expect.objectContaining({
        ...INVALID_STATE,
        message: `Custom key store ${STORE_ID} is DISCONNECTED; this operation needs it to be CONNECTED or FAILED.`,
      }),
    );
  });
});

describe('an attempt', () => {
  it('gets the unsealed PIN, which is then wiped', async () => {
    const connection = await bench.reach('CONNECTED');
    expect(connection?.pinText).toBe(PIN);
    expect(connection?.pin).toStrictEqual(Buffer.alloc(PIN.length));
  });

  it.each([
    ['a refused PIN', refusedPin, 'INVALID_CREDENTIALS'],
    ['a token that is away', unreachable, 'NETWORK_ERRORS'],
    ['anything else', () => new Error('?'), 'INTERNAL_ERROR'],
  ] as const)('that was asked for ends in FAILED, with its code: %s', async (_, error, code) => {
    const connection = await bench.reach('CONNECTING');
    connection?.fail(error());
    await bench.until('FAILED');
    expect(await bench.store()).toMatchObject({ connection: 'failed', connectionError: code });
    expect(connection?.closes).toBeGreaterThan(0);
    expect(bench.made).toHaveLength(1);
  });

  it('at a token that is not configured ends in FAILED', async () => {
    bench.clusters.delete(CLUSTER_ID);
    await bench.connections.connect(STORE_ID);
    await bench.until('FAILED');
    expect(await bench.store()).toMatchObject({ connectionError: 'CLUSTER_NOT_FOUND' });
  });

  it('with a PIN that was sealed for another store is not made', async () => {
    const sealedPassword = await bench.sealer.seal(Buffer.from(PIN), {
      table: 'custom_key_stores',
      row: 'cks-another',
      column: 'sealed_password',
    });
    await bench.view.stores.change(STORE_ID, () => ({ sealedPassword }));
    await bench.connections.connect(STORE_ID);
    await bench.until('FAILED');
    expect(bench.made.filter(({ pin }) => pin)).toStrictEqual([]);
  });

  it('that is given up closes what it opened', async () => {
    const connection = await bench.reach('CONNECTING');
    await bench.connections.disconnect(STORE_ID);
    connection?.succeed();
    await bench.until('DISCONNECTED');
    expect(connection?.closes).toBeGreaterThan(0);
    expect(bench.connections.connected(STORE_ID)).toBeUndefined();
  });

  it('that is given up and then refused leaves the store DISCONNECTED', async () => {
    const connection = await bench.reach('CONNECTING');
    await bench.connections.disconnect(STORE_ID);
    connection?.fail(refusedPin());
    await bench.until('DISCONNECTED');
    expect(await bench.store()).toMatchObject({ connectionError: undefined });
  });
});

describe('an attempt that is given up', () => {
  it('before the PIN is unsealed tries no PIN', async () => {
    const open = bench.sealer.open.bind(bench.sealer);
    vi.spyOn(bench.sealer, 'open').mockImplementationOnce(async (sealed, location) => {
      await bench.connections.disconnect(STORE_ID);
      return open(sealed, location);
    });
    await bench.connections.connect(STORE_ID);
    await bench.until('DISCONNECTED');
    expect(bench.made.map(({ pin }) => pin)).toStrictEqual([undefined]);
  });

  it('while what failed is being closed is not made again', async () => {
    await bench.reach('CONNECTED');
    await bench.restart();
    const connection = await bench.attempt(2);
    connection.holdClose();
    connection.fail(unreachable());
    await expect.poll(() => connection.closes).toBe(1);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await bench.connections.disconnect(STORE_ID);
    connection.letClose();
    await vi.advanceTimersByTimeAsync(1000);
    expect(bench.made).toHaveLength(2);
  });
});

describe('a PIN that is refused later', () => {
  it('ends the connection in FAILED', async () => {
    const connection = await bench.reach('CONNECTED');
    connection?.refuse('USER_LOCKED_OUT');
    await bench.until('FAILED');
    expect(await bench.store()).toMatchObject({ connectionError: 'USER_LOCKED_OUT' });
    expect(connection?.closes).toBe(1);
  });

  it('is forgotten with the next connection', async () => {
    await bench.reach('FAILED');
    await bench.connections.disconnect(STORE_ID);
    await bench.setPin('another');
    await bench.connections.connect(STORE_ID);
    (await bench.attempt(2)).succeed();
    await bench.until('CONNECTED');
    expect(await bench.store()).toMatchObject({ connectionError: undefined });
  });
});

describe('a PIN that the token refused', () => {
  /** A connection as an administrator asks for it, after setting this PIN. @returns its error */
  const ask = async (pin?: string) => {
    if (pin !== undefined) await bench.setPin(pin);
    await bench.connections.connect(STORE_ID);
    await bench.until('FAILED');
    const { connectionError } = await bench.store();
    await bench.connections.disconnect(STORE_ID);
    await bench.until('DISCONNECTED');
    return connectionError;
  };
  const refuseNext = async (pin: string) => {
    const asked = ask(pin);
    (await bench.attempt(bench.made.length + 1)).fail(refusedPin());
    return asked;
  };
  const tried = () => bench.made.map(({ pinText }) => pinText).filter((pin) => pin !== '');

  it('is not tried again after Disconnect and Connect or a restart, until somebody sets it', async () => {
    expect(await refuseNext('wrong')).toBe('INVALID_CREDENTIALS');
    expect(await ask()).toBe('INVALID_CREDENTIALS');
    await bench.restart();
    expect(await ask()).toBe('INVALID_CREDENTIALS');
    expect(tried()).toEqual(['wrong']);
    expect(await refuseNext('wrong')).toBe('INVALID_CREDENTIALS');
    expect(await ask()).toBe('INVALID_CREDENTIALS');
    expect(tried()).toEqual(['wrong', 'wrong']);
  });

  it('is one of a few: after them none is tried, not even a new one', async () => {
    for (let n = 0; n < MAX_REFUSED_PINS; n += 1) await refuseNext(n % 2 ? `wrong-${n}` : 'wrong');
    expect(await ask('new')).toBe('USER_LOCKED_OUT');
    expect(tried()).toHaveLength(MAX_REFUSED_PINS);
  });

  it('that was taken once and is refused later is remembered, too', async () => {
    (await bench.reach('CONNECTED'))?.refuse('INVALID_CREDENTIALS');
    await bench.until('FAILED');
    await bench.connections.disconnect(STORE_ID);
    await bench.until('DISCONNECTED');
    expect(await ask()).toBe('INVALID_CREDENTIALS');
    expect(tried()).toEqual([PIN]);
  });

  it('is no wrong one when the token is away', async () => {
    const asked = ask(PIN);
    (await bench.attempt(1)).fail(unreachable());
    expect(await asked).toBe('NETWORK_ERRORS');
    await bench.connections.connect(STORE_ID);
    (await bench.attempt(2)).succeed();
    await bench.until('CONNECTED');
  });
});

describe('a restart', () => {
  it('connects again what was connected', async () => {
    await bench.reach('CONNECTED');
    await bench.restart();
    (await bench.attempt(2)).succeed();
    await bench.until('CONNECTED');
  });

  it.each(['DISCONNECTED', 'FAILED'] as const)('leaves alone what was %s', async (state) => {
    await bench.reach(state);
    const attempts = bench.made.length;
    await bench.restart();
    expect(await bench.state()).toBe(state);
    expect(bench.made).toHaveLength(attempts);
  });

  it('tries a token that is away again, at longer and longer intervals', async () => {
    await bench.reach('CONNECTED');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await bench.restart();
    let attempts = 1;
    const settle = () => vi.advanceTimersByTimeAsync(0);
    for (const wait of [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]) {
      attempts += 1;
      while (!bench.made[attempts - 1]?.pin) await settle();
      bench.made[attempts - 1]?.fail(unreachable());
      while (vi.getTimerCount() === 0) await settle();
      expect(await bench.state()).toBe('CONNECTING');
      await vi.advanceTimersByTimeAsync(wait - 1);
      expect(bench.made).toHaveLength(attempts);
      await vi.advanceTimersByTimeAsync(1);
      expect(bench.made).toHaveLength(attempts + 1);
    }
    vi.useRealTimers();
    (await bench.attempt(attempts + 1)).succeed();
    await bench.until('CONNECTED');
  });

  it('never tries a refused PIN again', async () => {
    await bench.reach('CONNECTED');
    await bench.restart();
    (await bench.attempt(2)).fail(refusedPin());
    await bench.until('FAILED');
    await bench.restart();
    expect(await bench.state()).toBe('FAILED');
    expect(bench.made).toHaveLength(2);
  });
});

describe('the end of the server', () => {
  it.each(['CONNECTING', 'CONNECTED'] as const)(
    'closes what is %s and leaves what is stored',
    async (state) => {
      const connection = await bench.reach(state);
      const stopped = bench.connections.stop();
      connection?.succeed();
      await stopped;
      expect(connection?.closes).toBe(1);
      expect(await bench.store()).toMatchObject({ connection: 'connected' });
    },
  );

  it('begins nothing more', async () => {
    await bench.connections.stop();
    await bench.connections.connect(STORE_ID);
    expect(bench.made).toStrictEqual([]);
  });
});

describe("another server's change", () => {
  /** What the change feed makes of a change that another server committed. */
  async function elsewhere(
    connection: 'connected' | 'disconnected',
    told = STORE_ID,
  ): Promise<void> {
    await writeRow(bench.view, 'custom_key_stores', {}, { connection });
    bench.connections.refresh(told);
  }

  it.each([STORE_ID, EVERYTHING])('connects this one too, told %s', async (told) => {
    await elsewhere('connected', told);
    (await bench.attempt(1)).succeed();
    await bench.until('CONNECTED');
  });

  it.each([STORE_ID, EVERYTHING])('disconnects this one too, told %s', async (told) => {
    const connection = await bench.reach('CONNECTED');
    await elsewhere('disconnected', told);
    await expect.poll(() => connection?.closes).toBe(1);
    await bench.until('DISCONNECTED');
  });

  it.each([STORE_ID, EVERYTHING])('closes what was deleted, told %s', async (told) => {
    const connection = await bench.reach('CONNECTED');
    await bench.view.database('custom_key_stores').delete();
    bench.connections.refresh(told);
    await expect.poll(() => connection?.closes).toBe(1);
  });

  it('connects again although this one is still disconnecting', async () => {
    const connection = await bench.reach('CONNECTED');
    connection?.holdClose();
    await elsewhere('disconnected');
    await expect.poll(() => connection?.closes).toBe(1);
    await elsewhere('connected');
    // Queries are answered in turn: after this one the change has been looked at.
    await bench.store();
    connection?.letClose();
    (await bench.attempt(2)).succeed();
    await bench.until('CONNECTED');
  });

  it('moves this one to another cluster', async () => {
    const connection = await bench.reach('CONNECTED');
    const values = { cloud_hsm_cluster_id: OTHER_CLUSTER_ID, connection: 'connected' };
    await writeRow(bench.view, 'custom_key_stores', {}, values);
    bench.connections.refresh(STORE_ID);
    await expect.poll(() => connection?.closes).toBe(1);
    const moved = await bench.attempt(2);
    expect(moved.clusterId).toBe(OTHER_CLUSTER_ID);
  });

  it('of the password has this one log in anew', async () => {
    const connection = await bench.reach('CONNECTED');
    const location = keyStorePasswordLocation(STORE_ID);
    const sealed_password = await bench.sealer.seal(Buffer.from('kmsuser-2'), location);
    await writeRow(bench.view, 'custom_key_stores', {}, { sealed_password });
    bench.connections.refresh(STORE_ID);
    expect((await bench.attempt(2)).pinText).toBe('kmsuser-2');
    expect(connection?.closes).toBe(1);
  });

  it('of the name alone keeps the connection', async () => {
    const connection = await bench.reach('CONNECTED');
    await bench.view.stores.change(STORE_ID, () => ({ name: 'new' }));
    await bench.until('CONNECTED');
    expect(bench.connections.connected(STORE_ID)).toBe(connection);
  });
});
