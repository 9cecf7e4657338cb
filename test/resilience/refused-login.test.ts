import {
  ConnectCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  DisconnectCustomKeyStoreCommand,
  type KMSClient,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { returnCodeNumber } from '../../src/token-host/protocol/return-codes.js';
import { encrypt, endingOf, keyState, makeTokenKey, roundTrip } from '../support/clients.js';
import { connectedKeyStore, connectionState, newKeyStore } from '../support/custom-key-store.js';
import { type FaultyStrongroom, faultyStrongroom } from '../support/faulty-strongroom.js';

const REFUSALS: [code: `CKR_${string}`, ConnectionErrorCode: string][] = [
  ['CKR_PIN_INCORRECT', 'INVALID_CREDENTIALS'],
  ['CKR_PIN_LOCKED', 'USER_LOCKED_OUT'],
];

describe("a custom key store's PIN", () => {
  let faulty: FaultyStrongroom;
  let client: KMSClient;
  let CustomKeyStoreId: string;
  let keyId: string;

  beforeAll(async () => {
    faulty = await faultyStrongroom({ token: { sessions: 2 } });
    await faulty.strongroom.start();
    client = await faulty.strongroom.client();
    CustomKeyStoreId = await connectedKeyStore(faulty.strongroom, client);
    keyId = await makeTokenKey(client, CustomKeyStoreId);
  });
  afterAll(() => faulty.dispose());

  async function disconnect(): Promise<void> {
    await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await connectionState(client, CustomKeyStoreId, 'DISCONNECTED');
  }

  async function connect(wanted: 'CONNECTED' | 'FAILED'): Promise<void> {
    await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId }));
    await connectionState(client, CustomKeyStoreId, wanted);
  }

  /** A refused password is tried again once somebody has set it. */
  async function setPassword(): Promise<void> {
    const { KeyStorePassword } = await newKeyStore(faulty.strongroom);
    const input = { CustomKeyStoreId, KeyStorePassword };
    await client.send(new UpdateCustomKeyStoreCommand(input));
  }

  async function errorCode(): Promise<string | undefined> {
    const { CustomKeyStores } = await client.send(
      new DescribeCustomKeyStoresCommand({ CustomKeyStoreId }),
    );
    return CustomKeyStores?.[0]?.ConnectionErrorCode;
  }

  async function expectFailed(code: string): Promise<void> {
    await connectionState(client, CustomKeyStoreId, 'FAILED');
    expect(await errorCode()).toBe(code);
    expect(await keyState(client, keyId)).toBe('Unavailable');
    expect(await endingOf(encrypt(client, keyId))).toBe('KMSInvalidStateException');
  }

  it.each(REFUSALS)(
    'refused with %s as it connects: FAILED with %s, tried once',
    async (rv, code) => {
      await disconnect();
      await faulty.cluster.set(`fail C_Login ${returnCodeNumber(rv)}`);
      const before = await faulty.cluster.calls('C_Login');
      await connect('FAILED');
      await expectFailed(code);
      expect(await faulty.cluster.calls('C_Login')).toBe(before + 1);

      await faulty.cluster.clear();
      await disconnect();
      if (rv === 'CKR_PIN_INCORRECT') {
        await connect('FAILED');
        expect(await faulty.cluster.calls('C_Login')).toBe(before + 1);
        await disconnect();
        await setPassword();
      }
      await connect('CONNECTED');
      await roundTrip(client, keyId);
    },
  );

  it.each(REFUSALS)('refused with %s in the middle of a call: FAILED with %s', async (rv, code) => {
    const before = await faulty.cluster.calls('C_Login');
    // Always: a trial of the token, which goes on beside, may be the first to meet it.
    await faulty.cluster.set(`fail C_Encrypt ${returnCodeNumber(rv)}`);
    expect(await endingOf(encrypt(client, keyId))).toBe('KMSInvalidStateException');
    await faulty.cluster.clear();
    await expectFailed(code);
    expect(await faulty.cluster.calls('C_Login')).toBe(before);

    await disconnect();
    await setPassword();
    await connect('CONNECTED');
    await roundTrip(client, keyId);
  });

  it('not needed, because the user is logged in already: CONNECTED', async () => {
    await disconnect();
    await faulty.cluster.set(`failafter C_Login ${returnCodeNumber('CKR_USER_ALREADY_LOGGED_IN')}`);
    await connect('CONNECTED');
    await roundTrip(client, keyId);
  });
});
