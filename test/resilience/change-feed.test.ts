import { randomUUID } from 'node:crypto';
import {
  ConnectCustomKeyStoreCommand,
  CreateAliasCommand,
  DeleteAliasCommand,
  DescribeCustomKeyStoresCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisconnectCustomKeyStoreCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  type KMSClient,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  TagResourceCommand,
  UpdateAliasCommand,
  UpdateCustomKeyStoreCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decrypt,
  encrypt,
  endingOf,
  keyState,
  makeKey,
  makeTokenKey,
  PLAINTEXT,
  roundTrip,
} from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { databaseFile } from '../support/database-file.js';
import { eventually } from '../support/eventually.js';
import { CLUSTER_ID, tokenEntry } from '../support/faulty-strongroom.js';
import { hostOf } from '../support/processes.js';
import { Strongroom } from '../support/strongroom.js';

describe('two servers on one database', () => {
  let first: Strongroom;
  let second: Strongroom;
  let here: KMSClient;
  let there: KMSClient;

  beforeAll(async () => {
    first = await Strongroom.start();
    second = await Strongroom.start({
      yaml: {
        databaseUrl: `sqlite:${databaseFile(first)}`,
        tokens: ['root', CLUSTER_ID].map((id) => tokenEntry(first.dataDir, id)),
      },
    });
    here = await first.client();
    // The credentials of the database stand where its first server wrote them.
    there = await first.client({ endpoint: second.endpoint });
  });
  afterAll(async () => {
    await second.dispose();
    await first.dispose();
  });

  const targetThere = async (KeyId: string) => {
    const { KeyMetadata } = await there.send(new DescribeKeyCommand({ KeyId }));
    return KeyMetadata?.KeyId;
  };

  it('share keys from the first moment', async () => {
    const keyId = await makeKey(here);
    expect(Buffer.from(await decrypt(there, await encrypt(here, keyId)))).toEqual(PLAINTEXT);
    expect(Buffer.from(await decrypt(here, await encrypt(there, keyId)))).toEqual(PLAINTEXT);
  });

  it.each<
    [
      what: string,
      change: (keyId: string) => Promise<unknown>,
      seen: (keyId: string) => Promise<boolean>,
    ]
  >([
    [
      'a disabled key',
      (KeyId) => here.send(new DisableKeyCommand({ KeyId })),
      async (keyId) => (await endingOf(encrypt(there, keyId))) === 'DisabledException',
    ],
    [
      'a description',
      (KeyId) => here.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'new' })),
      async (KeyId) => {
        const { KeyMetadata } = await there.send(new DescribeKeyCommand({ KeyId }));
        return KeyMetadata?.Description === 'new';
      },
    ],
    [
      'a tag',
      (KeyId) =>
        here.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'k', TagValue: 'v' }] })),
      async (KeyId) => {
        const { Tags } = await there.send(new ListResourceTagsCommand({ KeyId }));
        return Tags?.[0]?.TagValue === 'v';
      },
    ],
    [
      'a policy',
      async (KeyId) => {
        const { Policy } = await here.send(new GetKeyPolicyCommand({ KeyId }));
        const renamed = { ...JSON.parse(Policy ?? ''), Id: 'renamed' };
        await here.send(new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify(renamed) }));
      },
      async (KeyId) => {
        const { Policy } = await there.send(new GetKeyPolicyCommand({ KeyId }));
        return JSON.parse(Policy ?? '').Id === 'renamed';
      },
    ],
  ])("see each other's change of %s", async (_what, change, seen) => {
    const keyId = await makeKey(here);
    await roundTrip(there, keyId);
    expect(await seen(keyId)).toBe(false);
    await change(keyId);
    await eventually('the change on the other server', () => seen(keyId));
  });

  it("see each other's aliases come, move and go", async () => {
    const AliasName = 'alias/shared';
    const [one, two] = [await makeKey(here), await makeKey(here)];
    await expect(targetThere(AliasName)).rejects.toMatchObject({ name: 'NotFoundException' });
    await here.send(new CreateAliasCommand({ AliasName, TargetKeyId: one }));
    expect(await targetThere(AliasName)).toBe(one);
    await here.send(new UpdateAliasCommand({ AliasName, TargetKeyId: two }));
    await eventually('the new target', async () => (await targetThere(AliasName)) === two);
    await here.send(new DeleteAliasCommand({ AliasName }));
    await eventually('the end of the alias', async () => {
      const call = there.send(new EncryptCommand({ KeyId: AliasName, Plaintext: PLAINTEXT }));
      return (await endingOf(call)) === 'NotFoundException';
    });
  });

  it("follow each other's custom key stores", async () => {
    const storeId = await connectedKeyStore(first, here);
    await connectionState(there, storeId, 'CONNECTED');
    const keyId = await makeTokenKey(here, storeId);
    await roundTrip(here, keyId);

    await there.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
    await eventually('the end of the connection', async () => {
      return (await keyState(here, keyId)) === 'Unavailable';
    });
    for (const client of [here, there]) await connectionState(client, storeId, 'DISCONNECTED');

    const NewCustomKeyStoreName = 'renamed';
    await there.send(
      new UpdateCustomKeyStoreCommand({ CustomKeyStoreId: storeId, NewCustomKeyStoreName }),
    );
    const { CustomKeyStores } = await here.send(
      new DescribeCustomKeyStoresCommand({ CustomKeyStoreId: storeId }),
    );
    expect(CustomKeyStores?.[0]?.CustomKeyStoreName).toBe(NewCustomKeyStoreName);
  });

  describe('with a custom key store', () => {
    let storeId: string;
    beforeAll(async () => {
      const { CustomKeyStores } = await here.send(new DescribeCustomKeyStoresCommand({}));
      storeId = CustomKeyStores?.[0]?.CustomKeyStoreId ?? '';
      await here.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
      for (const client of [here, there]) await connectionState(client, storeId, 'CONNECTED');
    });

    it('use the keys that the other one makes in its token', async () => {
      const keyId = await makeTokenKey(here, storeId);
      await feedHasPassed();
      expect(await keyState(there, keyId)).toBe('Enabled');
      await roundTrip(there, keyId);
    });

    it('use them once a host has read the token again', async () => {
      const keyId = await makeTokenKey(here, storeId);
      process.kill(await hostOf(second, CLUSTER_ID), 'SIGKILL');
      await eventually('the key', async () => (await keyState(there, keyId)) === 'Enabled');
      await roundTrip(there, keyId);
    });
  });

  it('change the same key at the same time, and both are answered', async () => {
    const KeyId = await makeKey(here);
    const changes = [here, there].flatMap((client, server) =>
      Array.from({ length: 20 }, (_, turn) => {
        const Tags = [{ TagKey: `tag${turn}`, TagValue: `of server ${server}` }];
        return endingOf(client.send(new TagResourceCommand({ KeyId, Tags })));
      }),
    );
    expect(new Set(await Promise.all(changes))).toEqual(new Set(['answered']));
    const { Tags } = await there.send(new ListResourceTagsCommand({ KeyId }));
    expect(Tags).toHaveLength(20);
  });

  /** Settles when the second server has seen every change that the first one has made so far. */
  async function feedHasPassed(): Promise<void> {
    const AliasName = `alias/barrier-${randomUUID()}`;
    const [before, after] = [await makeKey(here), await makeKey(here)];
    await here.send(new CreateAliasCommand({ AliasName, TargetKeyId: before }));
    expect(await targetThere(AliasName)).toBe(before);
    await here.send(new UpdateAliasCommand({ AliasName, TargetKeyId: after }));
    await eventually('the last change', async () => (await targetThere(AliasName)) === after);
  }
});
