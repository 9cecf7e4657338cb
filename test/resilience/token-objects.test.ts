import {
  ConnectCustomKeyStoreCommand,
  DescribeKeyCommand,
  DisconnectCustomKeyStoreCommand,
  type KMSClient,
  ListKeysCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  encrypt,
  endingOf,
  keyState,
  makeKey,
  makeTokenKey,
  roundTrip,
} from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { databaseFile, query } from '../support/database-file.js';
import { eventually } from '../support/eventually.js';
import { CLUSTER_ID } from '../support/faulty-strongroom.js';
import { RandomMoments } from '../support/kills/random-moments.js';
import { killWhileCreating } from '../support/kills/server-kills.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';
import { hostOf } from '../support/processes.js';
import { Strongroom } from '../support/strongroom.js';

describe('objects in the token', () => {
  let strongroom: Strongroom;
  let client: KMSClient;
  let CustomKeyStoreId: string;
  let token: Pkcs11Tool;

  beforeAll(async () => {
    strongroom = await Strongroom.start();
    client = await strongroom.client();
    CustomKeyStoreId = await connectedKeyStore(strongroom, client);
    token = new Pkcs11Tool(strongroom, CLUSTER_ID);
  });
  afterAll(() => strongroom.dispose());

  async function reconnect(): Promise<void> {
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await connectionState(client, CustomKeyStoreId, 'DISCONNECTED');
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await connectionState(client, CustomKeyStoreId, 'CONNECTED');
  }

  /** CKA_ID of a key's material, in the hex of its octets. */
  async function ckaId(keyId: string): Promise<string> {
    const rows = await query(
      databaseFile(strongroom),
      'SELECT lower(hex(cka_id)) AS id FROM key_materials WHERE key_id = ?',
      [keyId],
    );
    return String(rows[0]?.id);
  }

  it.each([
    ['the store was reconnected', reconnect],
    [
      'its host was replaced',
      async () => {
        const host = await hostOf(strongroom, CLUSTER_ID);
        process.kill(host, 'SIGKILL');
        await hostOf(strongroom, CLUSTER_ID, host);
      },
    ],
  ])(
    "deleted behind the server's back: Unavailable once %s, its metadata still there",
    async (_when, renew) => {
      const [kept, gone] = [
        await makeTokenKey(client, CustomKeyStoreId),
        await makeKey(client, {
          Origin: 'AWS_CLOUDHSM',
          CustomKeyStoreId,
          Description: 'deleted',
          Tags: [{ TagKey: 'still', TagValue: 'here' }],
        }),
      ];
      await token.deleteKey(await ckaId(gone));
      await renew();
      await eventually('the state Unavailable', async () => {
        return (await keyState(client, gone)) === 'Unavailable';
      });
      expect(await endingOf(encrypt(client, gone))).toBe('KMSInvalidStateException');
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: gone }));
      expect(KeyMetadata).toMatchObject({ KeyId: gone, Description: 'deleted', CustomKeyStoreId });
      const { Keys } = await client.send(new ListKeysCommand({}));
      expect(Keys?.map(({ KeyId }) => KeyId)).toContain(gone);
      expect(await ckaId(gone)).toMatch(/^[0-9a-f]+$/);
      await roundTrip(client, kept);
    },
  );

  it('of others are never touched, whatever they are called', async () => {
    const foreign = ['00f0', '61', '62'];
    const labels = ['payments', 'kms:looks-like:ours', 'strongroom:root:not'];
    for (const [index, id] of foreign.entries()) await token.makeKey(labels[index] ?? '', id);

    await reconnect();
    await killWhileCreating(strongroom, CustomKeyStoreId, new RandomMoments());
    client = await strongroom.client();
    await connectionState(client, CustomKeyStoreId, 'CONNECTED');
    await eventually('the settlement of abandoned creations', async () => {
      const sql = "SELECT cka_id FROM token_objects WHERE status <> 'live'";
      return (await query(databaseFile(strongroom), sql)).length === 0;
    });
    await reconnect();
    expect(await token.keyIds()).toEqual(expect.arrayContaining(foreign));
    await eventually('a word in the log', async () =>
      /does not know; they were left alone/.test(strongroom.log),
    );
  });
});
