import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectionState } from '../support/custom-key-store.js';
import type { Face } from '../support/faces/face.js';
import { facesOf } from '../support/faces/faces.js';
import { Strongroom } from '../support/strongroom.js';
import { makeTestCluster, type TestCluster } from './clusters.js';

const CLUSTER = 'cluster-abcdefghijk';

let cluster: TestCluster;
let strongroom: Strongroom;
let call: Face['call'];
let CustomKeyStoreId: string;

async function connectToServer() {
  const face = (await facesOf(strongroom))['AWS JSON'];
  call = (operation, input) => face.call(operation, input);
}

const until = async (state: 'CONNECTED' | 'DISCONNECTED' | 'FAILED') =>
  connectionState(await strongroom.client(), CustomKeyStoreId, state);

async function describedStore() {
  return (await call('DescribeCustomKeyStores', { CustomKeyStoreId })).CustomKeyStores?.[0];
}

async function connect(password: string) {
  if ((await describedStore())?.ConnectionState !== 'DISCONNECTED') {
    await call('DisconnectCustomKeyStore', { CustomKeyStoreId });
    await until('DISCONNECTED');
  }
  await call('UpdateCustomKeyStore', { CustomKeyStoreId, KeyStorePassword: password });
  await call('ConnectCustomKeyStore', { CustomKeyStoreId });
}

beforeAll(async () => {
  cluster = await makeTestCluster(CLUSTER);
  strongroom = await Strongroom.start({ yaml: { tokens: cluster.tokens } });
  await connectToServer();
  const made = await call('CreateCustomKeyStore', cluster.members(CLUSTER, 'store'));
  CustomKeyStoreId = made.CustomKeyStoreId ?? '';
});
beforeEach(async () => {
  await connect(cluster.pin);
  await until('CONNECTED');
});
afterAll(async () => {
  await strongroom?.dispose();
  await cluster?.dispose();
});

/** One key of each kind and state, with all that belongs to it. */
async function furnish() {
  const placements = [{}, { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }] as const;
  const keys: { KeyId: string; CiphertextBlob: Uint8Array | undefined }[] = [];
  for (const placement of placements) {
    for (const change of ['none', 'DisableKey', 'ScheduleKeyDeletion'] as const) {
      const Tags = [{ TagKey: 'colour', TagValue: 'blue' }];
      const created = await call('CreateKey', { ...placement, Tags, Description: change });
      const KeyId = created.KeyMetadata?.KeyId ?? '';
      await call('CreateAlias', { AliasName: `alias/${KeyId}`, TargetKeyId: KeyId });
      const Plaintext = Buffer.from(KeyId);
      const { CiphertextBlob } = await call('Encrypt', { KeyId, Plaintext });
      if (change !== 'none') await call(change, { KeyId });
      keys.push({ KeyId, CiphertextBlob });
    }
  }
  return keys;
}

async function everything(keys: readonly { KeyId: string }[]) {
  const described = keys.map(async ({ KeyId }) => ({
    metadata: await call('DescribeKey', { KeyId }),
    policy: await call('GetKeyPolicy', { KeyId }),
    tags: await call('ListResourceTags', { KeyId }),
    aliases: await call('ListAliases', { KeyId }),
  }));
  return { keys: await Promise.all(described), store: await describedStore() };
}

const endings = ['stop', 'kill'] as const;

describe.each(endings)('after a %s and a start', (ending) => {
  async function restart() {
    await strongroom[ending]();
    await strongroom.start();
    await connectToServer();
  }

  it('a connected store connects again, and everything is as it was', async () => {
    const keys = await furnish();
    const before = await everything(keys);
    await restart();
    await until('CONNECTED');
    expect(await everything(keys)).toEqual(before);
    for (const { KeyId, CiphertextBlob } of keys) {
      const { KeyMetadata } = await call('DescribeKey', { KeyId });
      if (KeyMetadata?.KeyState === 'PendingDeletion') continue;
      await call('EnableKey', { KeyId });
      const { Plaintext } = await call('Decrypt', { CiphertextBlob });
      expect(Plaintext).toEqual(Buffer.from(KeyId));
    }
  });

  it('a disconnected store stays DISCONNECTED, and its PIN is not used', async () => {
    await call('DisconnectCustomKeyStore', { CustomKeyStoreId });
    await until('DISCONNECTED');
    const before = await cluster.faults.calls('C_Login');
    await restart();
    expect((await describedStore())?.ConnectionState).toBe('DISCONNECTED');
    expect(await cluster.faults.calls('C_Login')).toBe(before);
    expect([...(await strongroom.tokenHosts()).keys()]).toEqual(['root']);
  });

  it('a FAILED store stays FAILED, and its PIN is not tried again', async () => {
    await connect('not-the-pin');
    await until('FAILED');
    const before = await cluster.faults.calls('C_Login');
    await restart();
    expect(await describedStore()).toMatchObject({
      ConnectionState: 'FAILED',
      ConnectionErrorCode: 'INVALID_CREDENTIALS',
    });
    expect(await cluster.faults.calls('C_Login')).toBe(before);
    expect([...(await strongroom.tokenHosts()).keys()]).toEqual(['root']);
  });
});

it('keys are Unavailable while their store is disconnected, and then what they were', async () => {
  const keys = await furnish();
  const states = async () => {
    const all = keys.map(({ KeyId }) => call('DescribeKey', { KeyId }));
    return (await Promise.all(all)).map(({ KeyMetadata }) => KeyMetadata?.KeyState);
  };
  const before = ['Enabled', 'Disabled', 'PendingDeletion'];
  expect(await states()).toEqual([...before, ...before]);
  await call('DisconnectCustomKeyStore', { CustomKeyStoreId });
  await until('DISCONNECTED');
  expect(await states()).toEqual([...before, 'Unavailable', 'Unavailable', 'PendingDeletion']);
  // The flag of an unavailable key may be changed; it shows after the store is back.
  await call('DisableKey', { KeyId: keys[3]?.KeyId });
  await call('EnableKey', { KeyId: keys[4]?.KeyId });
  expect(await states()).toEqual([...before, 'Unavailable', 'Unavailable', 'PendingDeletion']);
  await call('ConnectCustomKeyStore', { CustomKeyStoreId });
  await until('CONNECTED');
  expect(await states()).toEqual([...before, 'Disabled', 'Enabled', 'PendingDeletion']);
});
