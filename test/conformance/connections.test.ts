import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionState } from '../support/custom-key-store.js';
import type { Face, OperationName } from '../support/faces/face.js';
import { FACES, type FaceName, facesOf } from '../support/faces/faces.js';
import { type Expected, expectRefusal, invalidState } from '../support/faces/refusals.js';
import { Strongroom } from '../support/strongroom.js';
import { makeTestCluster, type TestCluster } from './clusters.js';

const CLUSTER = 'cluster-abcdefghijk';
const WRONG_PASSWORD = 'not-the-pin';

let cluster: TestCluster;
let strongroom: Strongroom;
let faces: Record<FaceName, Face>;
let CustomKeyStoreId: string;
let keyArn: string;
let inWork: Promise<unknown> | undefined;

beforeAll(async () => {
  cluster = await makeTestCluster(CLUSTER);
  strongroom = await Strongroom.start({ yaml: { tokens: cluster.tokens } });
  faces = await facesOf(strongroom);
  const { call } = verbs('AWS JSON');
  const made = await call('CreateCustomKeyStore', cluster.members(CLUSTER, 'store'));
  CustomKeyStoreId = made.CustomKeyStoreId ?? '';
  await reach.CONNECTED();
  const created = await call('CreateKey', { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
  keyArn = created.KeyMetadata?.Arn ?? '';
});
afterAll(async () => {
  await cluster?.faults.clear();
  await strongroom?.dispose();
  await cluster?.dispose();
});

type State = 'DISCONNECTED' | 'CONNECTING' | 'CONNECTED' | 'FAILED' | 'DISCONNECTING';

function verbs(face: FaceName) {
  const call: Face['call'] = (operation, input) => faces[face].call(operation, input);
  return { call };
}

async function described() {
  const { CustomKeyStores } = await verbs('AWS JSON').call('DescribeCustomKeyStores', {
    CustomKeyStoreId,
  });
  return CustomKeyStores?.[0];
}

const until = async (state: State) =>
  connectionState(await strongroom.client(), CustomKeyStoreId, state);

/** Brings the store into a state, from whichever it is in. */
const reach: Record<State, () => Promise<void>> = {
  async DISCONNECTED() {
    const { call } = verbs('AWS JSON');
    await cluster.faults.clear();
    await inWork;
    const state = (await described())?.ConnectionState;
    if (state !== 'DISCONNECTED' && state !== 'DISCONNECTING') {
      await call('DisconnectCustomKeyStore', { CustomKeyStoreId });
    }
    await until('DISCONNECTED');
    await call('UpdateCustomKeyStore', { CustomKeyStoreId, KeyStorePassword: cluster.pin });
  },
  async CONNECTED() {
    await reach.DISCONNECTED();
    await verbs('AWS JSON').call('ConnectCustomKeyStore', { CustomKeyStoreId });
    await until('CONNECTED');
  },
  async FAILED() {
    const { call } = verbs('AWS JSON');
    await reach.DISCONNECTED();
    await call('UpdateCustomKeyStore', { CustomKeyStoreId, KeyStorePassword: WRONG_PASSWORD });
    await call('ConnectCustomKeyStore', { CustomKeyStoreId });
    await until('FAILED');
  },
  // A token that doesn't answer the login keeps the store on its way, as long as a test needs it.
  async CONNECTING() {
    await reach.DISCONNECTED();
    await cluster.faults.set('hang C_Login');
    await verbs('AWS JSON').call('ConnectCustomKeyStore', { CustomKeyStoreId });
    await until('CONNECTING');
  },
  // A disconnection waits for the calls in work.
  async DISCONNECTING() {
    const { call } = verbs('AWS JSON');
    await reach.CONNECTED();
    await cluster.faults.set('hang C_Encrypt');
    const before = await cluster.faults.calls('C_Encrypt');
    inWork = Promise.allSettled([call('Encrypt', { KeyId: keyArn, Plaintext: Buffer.from('x') })]);
    const calls = () => cluster.faults.calls('C_Encrypt');
    // The call may wait for the trials that follow a connection.
    await expect.poll(calls).toBeGreaterThan(before);
    await call('DisconnectCustomKeyStore', { CustomKeyStoreId });
    await until('DISCONNECTING');
  },
};

const STORE_STATE: Expected = {
  name: 'CustomKeyStoreInvalidStateException',
  message: /^Custom key store cks-[0-9a-f]{17} is [A-Z]+; this operation needs it to be /,
};
const HAS_KEYS: Expected = {
  name: 'CustomKeyStoreHasCMKsException',
  message: /^Custom key store cks-[0-9a-f]{17} contains KMS keys\.$/,
};

const CALLS = {
  Connect: () => ({ operation: 'ConnectCustomKeyStore', members: {} }),
  Disconnect: () => ({ operation: 'DisconnectCustomKeyStore', members: {} }),
  'Update name': () => ({
    operation: 'UpdateCustomKeyStore',
    members: { NewCustomKeyStoreName: 'renamed' },
  }),
  'Update password': () => ({
    operation: 'UpdateCustomKeyStore',
    members: { KeyStorePassword: cluster.pin },
  }),
  Delete: () => ({ operation: 'DeleteCustomKeyStore', members: {} }),
  CreateKey: () => ({ operation: 'CreateKey', members: { Origin: 'AWS_CLOUDHSM' } }),
  GenerateRandom: () => ({ operation: 'GenerateRandom', members: { NumberOfBytes: 8 } }),
  Encrypt: () => ({
    operation: 'Encrypt',
    members: { KeyId: keyArn, Plaintext: Buffer.from('x') },
  }),
} satisfies Record<string, () => { operation: OperationName; members: object }>;
type CallName = keyof typeof CALLS;

/** AWS's table of connection states: `ok`, or what is refused. Refusals change nothing. */
const TABLE: Readonly<Record<State, Readonly<Record<CallName, 'ok' | 'state' | 'key' | 'keys'>>>> =
  {
    DISCONNECTED: row('ok', 'state', 'ok', 'ok', 'keys', 'state', 'state', 'key'),
    CONNECTING: row('ok', 'ok', 'state', 'state', 'state', 'state', 'state', 'key'),
    CONNECTED: row('ok', 'ok', 'ok', 'state', 'state', 'ok', 'ok', 'ok'),
    FAILED: row('state', 'ok', 'state', 'state', 'state', 'state', 'state', 'key'),
    DISCONNECTING: row('state', 'state', 'state', 'state', 'state', 'state', 'state', 'key'),
  };

function row(...cells: ('ok' | 'state' | 'key' | 'keys')[]) {
  const names = Object.keys(CALLS) as CallName[];
  return Object.fromEntries(names.map((name, at) => [name, cells[at]])) as Record<
    CallName,
    'ok' | 'state' | 'key' | 'keys'
  >;
}

describe.each(FACES)('the states of a connection over %s', (face) => {
  const { call } = verbs(face);
  const cells = Object.entries(TABLE).flatMap(([state, cellsOfState]) =>
    Object.entries(cellsOfState).map(([name, cell]) => ({
      state: state as State,
      name: name as CallName,
      cell,
    })),
  );

  it.each(cells)('$state: $name is $cell', async ({ state, name, cell }) => {
    // The two states on the way end by themselves, so they are always reached anew.
    if (/ING$/.test(state) || (await described())?.ConnectionState !== state) await reach[state]();
    const { operation, members } = CALLS[name]();
    const input = operation === 'Encrypt' ? members : { CustomKeyStoreId, ...members };
    const end = call(operation, input as never);
    if (cell === 'ok') return void (await end);
    const refusals = { state: STORE_STATE, keys: HAS_KEYS, key: unavailable() };
    await expectRefusal(face, end, refusals[cell]);
    expect((await described())?.ConnectionState).toBe(state);
  });

  const unavailable = () => invalidState(`${keyArn} is unavailable.`);

  it('Connect and Disconnect lead to CONNECTED and DISCONNECTED', async () => {
    await reach.CONNECTED();
    expect(await call('ConnectCustomKeyStore', { CustomKeyStoreId })).toEqual({});
    expect((await described())?.ConnectionState).toBe('CONNECTED');
    expect(await call('DisconnectCustomKeyStore', { CustomKeyStoreId })).toEqual({});
    await until('DISCONNECTED');
    expect(await described()).not.toHaveProperty('ConnectionErrorCode');
  });

  it('a wrong password fails once, and the right one helps after a disconnection', async () => {
    // A right one, so that the token's refusals of earlier tests are forgotten.
    await reach.CONNECTED();
    await reach.DISCONNECTED();
    const before = await cluster.faults.calls('C_Login');
    await reach.FAILED();
    expect(await described()).toMatchObject({ ConnectionErrorCode: 'INVALID_CREDENTIALS' });
    expect(await cluster.faults.calls('C_Login')).toBe(before + 1);
    await call('DisconnectCustomKeyStore', { CustomKeyStoreId });
    await until('DISCONNECTED');
    expect(await described()).not.toHaveProperty('ConnectionErrorCode');
    const update = { CustomKeyStoreId, KeyStorePassword: cluster.pin };
    expect(await call('UpdateCustomKeyStore', update)).toEqual({});
    await call('ConnectCustomKeyStore', { CustomKeyStoreId });
    await until('CONNECTED');
    await call('Encrypt', { KeyId: keyArn, Plaintext: Buffer.from('x') });
  });

  it.each([
    ['fail C_Login 0xa4', 'USER_LOCKED_OUT'],
    ['fail C_Login 0x102', 'USER_NOT_FOUND'],
    ['fail C_Login 0xa3', 'INVALID_CREDENTIALS'],
    ['absent', 'CLUSTER_NOT_FOUND'],
  ])('a token with "%s" fails as %s', async (fault, ConnectionErrorCode) => {
    await reach.DISCONNECTED();
    await cluster.faults.set(fault);
    await call('ConnectCustomKeyStore', { CustomKeyStoreId });
    await until('FAILED');
    expect(await described()).toMatchObject({ ConnectionErrorCode });
  });
});
