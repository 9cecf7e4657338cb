import {
  ConnectCustomKeyStoreCommand,
  CreateKeyCommand,
  DisconnectCustomKeyStoreCommand,
  GenerateMacCommand,
  type KeySpec,
  type KeyUsageType,
  type KMSClient,
  SignCommand,
} from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeKey, roundTrip } from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import {
  CLUSTER_ID,
  type FaultyStrongroom,
  faultyStrongroom,
} from '../support/faulty-strongroom.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';

/** For how long the token fails from the moment when it is connected. */
const FAULT_MS = 4000;

/** Of the SDK's own attempts none is to be needed. */
const ONCE = { maxAttempts: 1 };

describe('the probes of a custom key store', () => {
  let faulty: FaultyStrongroom;
  let client: KMSClient;
  let storeId: string;

  beforeEach(async () => {
    faulty = await faultyStrongroom();
    await faulty.strongroom.start();
    client = await faulty.strongroom.client(ONCE);
    storeId = await connectedKeyStore(faulty.strongroom, client);
  });
  afterEach(() => faulty.dispose());

  const inStore = (KeySpec: KeySpec, KeyUsage: KeyUsageType) =>
    makeKey(client, { KeySpec, KeyUsage, CustomKeyStoreId: storeId, Origin: 'AWS_CLOUDHSM' });

  const labels = () => new Pkcs11Tool(faulty.strongroom, CLUSTER_ID).run('--list-objects');

  async function connect(): Promise<void> {
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
    await connectionState(client, storeId, 'CONNECTED');
  }

  async function disconnect(): Promise<void> {
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: storeId }));
    await connectionState(client, storeId, 'DISCONNECTED');
  }

  it.each([
    ['CKR_GENERAL_ERROR', 0x05],
    ['CKR_FUNCTION_FAILED', 0x06],
    ['CKR_FUNCTION_NOT_SUPPORTED', 0x54],
    ["a vendor's code", 0x80000123],
  ])('switch nothing off by a fault that passes: %s', async (_what, rv) => {
    const signing = await inStore('ECC_NIST_P256', 'SIGN_VERIFY');
    const mac = await inStore('HMAC_256', 'GENERATE_VERIFY_MAC');
    const secret = await inStore('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
    await disconnect();

    await faulty.cluster.set(`fail C_SignInit ${rv}`, `fail C_EncryptInit ${rv}`);
    const over = Date.now() + FAULT_MS;
    await connect();
    const probed = await faulty.cluster.calls('C_SignInit');
    // While it fails: told to try again, and not that it can't be.
    await expect(
      client.send(
        new CreateKeyCommand({
          ...{ KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' },
          ...{ CustomKeyStoreId: storeId, Origin: 'AWS_CLOUDHSM' },
        }),
        { abortSignal: AbortSignal.timeout(Math.max(1, over - Date.now())) },
      ),
    ).rejects.not.toMatchObject({ name: 'UnsupportedOperationException' });
    expect(await faulty.cluster.calls('C_SignInit')).toBeGreaterThanOrEqual(probed);
    await faulty.cluster.clear();

    const Message = Buffer.from('message');
    const signed = { KeyId: signing, Message, SigningAlgorithm: 'ECDSA_SHA_256' } as const;
    await client.send(new SignCommand(signed));
    const authentic = { KeyId: mac, Message, MacAlgorithm: 'HMAC_SHA_256' } as const;
    await client.send(new GenerateMacCommand(authentic));
    await roundTrip(client, secret);
    await inStore('ECC_NIST_P384', 'SIGN_VERIFY');
    await inStore('HMAC_384', 'GENERATE_VERIFY_MAC');
    await roundTrip(client, await inStore('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'));
  });

  it('leave nothing in the token, even where the server is killed in the middle', async () => {
    await disconnect();
    const signed = await faulty.cluster.calls('C_Sign');
    await faulty.cluster.set('delay C_Sign 20000000');
    await connect();
    // In C_Sign a probe has its key; an earlier one may just be giving its own up.
    await expect.poll(() => faulty.cluster.calls('C_Sign')).toBeGreaterThan(signed);
    await faulty.strongroom.kill();
    await faulty.cluster.clear();
    expect(await labels()).toContain('strongroom:probe:');

    await faulty.strongroom.start();
    client = await faulty.strongroom.client();
    await connectionState(client, storeId, 'CONNECTED');
    await inStore('RSA_2048', 'SIGN_VERIFY');
    await expect.poll(labels).not.toContain('strongroom:probe:');
  });
});
