/** A custom key store whose keys are kept in the database, wrapped by a key of its token. */
import { verify } from 'node:crypto';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ConnectCustomKeyStoreCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DescribeKeyCommand,
  DisconnectCustomKeyStoreCommand,
  GenerateMacCommand,
  GetParametersForImportCommand,
  GetPublicKeyCommand,
  type KMSClient,
  RotateKeyOnDemandCommand,
  SignCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decrypt, encrypt, endingOf, PLAINTEXT, roundTrip } from '../../../support/clients.js';
import { connectedKeyStore, connectionState } from '../../../support/custom-key-store.js';
import {
  CLUSTER_ID,
  type FaultyStrongroom,
  faultyStrongroom,
} from '../../../support/faulty-strongroom.js';
import { Pkcs11Tool } from '../../../support/pkcs11-tool.js';

const LOADED = 4;

describe('a store of wrapped keys', () => {
  let faulty: FaultyStrongroom;
  let client: KMSClient;
  let storeId: string;
  beforeAll(async () => {
    faulty = await faultyStrongroom({ token: { residency: 'wrapped', loadedKeys: LOADED } });
    await faulty.strongroom.start();
    client = await faulty.strongroom.client();
    storeId = await connectedKeyStore(faulty.strongroom, client);
  });
  afterAll(() => faulty.dispose());

  async function make(input: CreateKeyCommandInput = {}): Promise<string> {
    const made = await client.send(
      new CreateKeyCommand({ ...input, Origin: 'AWS_CLOUDHSM', CustomKeyStoreId: storeId }),
    );
    return made.KeyMetadata?.KeyId ?? '';
  }

  const objects = async () => {
    const listed = await new Pkcs11Tool(faulty.strongroom, CLUSTER_ID).run('--list-objects');
    return [...listed.matchAll(/label: +(\S+)/g)].map(([, label]) => label);
  };

  it('has one object in the token, and keys of every kind that work', async () => {
    const before = await objects();
    expect(before.filter((label) => label?.startsWith('strongroom:wrapping:'))).toHaveLength(1);
    const keys = [];
    for (let key = 0; key < 3 * LOADED; key += 1) keys.push(await make());
    await Promise.all([...keys, ...keys].map((key) => roundTrip(client, key)));
    const Message = Buffer.from('what is signed');
    for (const [KeySpec, SigningAlgorithm] of [
      ['ECC_NIST_P256', 'ECDSA_SHA_256'],
      ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256'],
    ] as const) {
      const KeyId = await make({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
      const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }));
      const sign = new SignCommand({ KeyId, Message, SigningAlgorithm });
      const { Signature } = await client.send(sign);
      const key = { key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' } as const;
      expect(verify('sha256', Message, key, Signature ?? Buffer.alloc(0))).toBe(true);
    }
    const KeyId = await make({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const MacAlgorithm = 'HMAC_SHA_256';
    const { Mac } = await client.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm }));
    const verified = await client.send(new VerifyMacCommand({ KeyId, Message, MacAlgorithm, Mac }));
    expect(verified.MacValid).toBe(true);
    expect((await objects()).filter((label) => label?.startsWith('kms:'))).toEqual([]);
  });

  it('keeps what was encrypted before a rotation and a restart', async () => {
    const keyId = await make();
    const ciphertext = await encrypt(client, keyId);
    await client.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
    const rotated = await encrypt(client, keyId);
    await faulty.strongroom.stop();
    await faulty.strongroom.start();
    client = await faulty.strongroom.client();
    await connectionState(client, storeId, 'CONNECTED');
    for (const each of [ciphertext, rotated]) {
      expect(Buffer.from(await decrypt(client, each))).toEqual(PLAINTEXT);
    }
  });

  it('says that a kind of key can’t be wrapped, and that none can be imported', async () => {
    const ed25519 = make({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' });
    await expect(ed25519).rejects.toMatchObject({
      name: 'UnsupportedOperationException',
      message: expect.stringContaining('cannot wrap a key ECC_NIST_EDWARDS25519'),
    });
    const KeyId = await make();
    expect(
      await endingOf(
        client.send(
          new GetParametersForImportCommand({
            ...{ KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' },
          }),
        ),
      ),
    ).toBe('UnsupportedOperationException');
  });

  it('does not connect to a token without the wrapping key, and makes no other', async () => {
    const keyId = await make();
    const ciphertext = await encrypt(client, keyId);
    const tool = new Pkcs11Tool(faulty.strongroom, CLUSTER_ID);
    const tokens = join(faulty.strongroom.dataDir, 'softhsm', 'tokens');
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
    await connectionState(client, storeId, 'DISCONNECTED');
    await cp(tokens, `${tokens}.kept`, { recursive: true });
    const listed = await tool.run('--list-objects', '--type', 'secrkey');
    const wrapping = /label: +strongroom:wrapping:\S+\s+ID: +([0-9a-f]+)/.exec(listed)?.[1] ?? '';
    await tool.run('--delete-object', '--type', 'secrkey', '--id', wrapping);
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
    await connectionState(client, storeId, 'FAILED');
    expect(await objects()).not.toContainEqual(expect.stringMatching(/^strongroom:wrapping:/));
    // The backup of the token makes all of it work again.
    await faulty.strongroom.stop();
    await rm(tokens, { recursive: true });
    await rename(`${tokens}.kept`, tokens);
    await faulty.strongroom.start();
    client = await faulty.strongroom.client();
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
    await connectionState(client, storeId, 'DISCONNECTED');
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
    await connectionState(client, storeId, 'CONNECTED');
    expect(Buffer.from(await decrypt(client, ciphertext))).toEqual(PLAINTEXT);
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: keyId }));
    expect(KeyMetadata?.KeyState).toBe('Enabled');
  });
});
