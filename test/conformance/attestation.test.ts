import {
  CreateAliasCommand,
  DisconnectCustomKeyStoreCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditRecords } from '../support/audit-records.js';
import { makeKey, makeTokenKey } from '../support/clients.js';
import { connectedKeyStore, connectionState } from '../support/custom-key-store.js';
import { SignedHttp } from '../support/faces/signed-http.js';
import { Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let client: KMSClient;
let CustomKeyStoreId: string;

beforeAll(async () => {
  strongroom = await Strongroom.start();
  client = await strongroom.client();
  CustomKeyStoreId = await connectedKeyStore(strongroom, client);
});

afterAll(() => strongroom.dispose());

async function attestation(key: string) {
  const http = await SignedHttp.to(strongroom);
  const path = `/v1/keys/${encodeURIComponent(key)}/attestation`;
  const response = await http.send({ method: 'GET', path });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

it('a software key: nothing, and nothing is claimed', async () => {
  const { status, body } = await attestation(await makeKey(client));
  expect(status).toBe(200);
  expect(body.Proof).toEqual({
    Kind: 'NONE',
    Note: expect.stringMatching(/^This key is not in hardware/),
  });
  expect(body).not.toHaveProperty('LibraryClaims');
});

it('a key without material', async () => {
  const { body } = await attestation(await makeKey(client, { Origin: 'EXTERNAL' }));
  expect(body).toMatchObject({ Proof: { Kind: 'NONE', Note: 'This key has no key material.' } });
  expect(body).not.toHaveProperty('KeyMaterialId');
});

it.each([
  ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', '0x00001080'],
  ['ECC_NIST_P256', 'SIGN_VERIFY', '0x00001040'],
] as const)(
  'a key in SoftHSM (%s): nothing, and what the library claims',
  async (KeySpec, KeyUsage, mechanism) => {
    const KeyId = await makeKey(client, {
      Origin: 'AWS_CLOUDHSM',
      CustomKeyStoreId,
      KeySpec,
      KeyUsage,
    });
    const AliasName = `alias/${KeySpec.toLowerCase()}`;
    await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
    const { status, body } = await attestation(AliasName);
    expect(status).toBe(200);
    expect(body).toEqual({
      KeyId: expect.stringContaining(KeyId),
      KeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
      Proof: { Kind: 'NONE', Note: expect.stringContaining('SoftHSM is software') },
      LibraryClaims: {
        ...{ Sensitive: true, Extractable: false, AlwaysSensitive: true, NeverExtractable: true },
        ...{ Local: true, KeyGenMechanism: mechanism },
        ...{ TokenManufacturer: 'SoftHSM project', TokenModel: 'SoftHSM v2' },
        TokenSerialNumber: expect.stringMatching(/^[0-9a-f]{16}$/),
        TokenFirmwareVersion: expect.stringMatching(/^\d+\.\d+$/),
      },
    });
    const records = await auditRecords(strongroom);
    expect(records.filter(({ eventName }) => eventName === 'GetKeyAttestation')).not.toHaveLength(
      0,
    );
  },
);

it('a key whose store is away: an error, and no statement about it', async () => {
  const KeyId = await makeTokenKey(client, CustomKeyStoreId);
  await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId }));
  await connectionState(client, CustomKeyStoreId, 'DISCONNECTED');
  const { status, body } = await attestation(KeyId);
  expect(status).toBe(409);
  expect(body).not.toHaveProperty('Proof');
});
