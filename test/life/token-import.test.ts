import { createHmac, randomBytes } from 'node:crypto';
import {
  CreateKeyCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  GenerateMacCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  type KMSClient,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decrypt, encrypt, PLAINTEXT } from '../support/clients.js';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { databaseFile, query } from '../support/database-file.js';
import { FOR_EVER, importOrder } from '../support/import-material.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';
import { SimulatedServer } from '../support/simulated-server.js';

// SoftHSM unwraps with OAEP and SHA-1 only.
const WRAPPING = { WrappingAlgorithm: 'RSAES_OAEP_SHA_1', WrappingKeySpec: 'RSA_2048' } as const;

let server: SimulatedServer;
let client: KMSClient;
let CustomKeyStoreId: string;

beforeAll(async () => {
  server = await SimulatedServer.start();
  client = await server.strongroom.client();
  CustomKeyStoreId = await connectedKeyStore(server.strongroom, client);
});

afterAll(() => server.strongroom.dispose());

async function newKey(members: object = {}): Promise<string> {
  const command = new CreateKeyCommand({ Origin: 'EXTERNAL', CustomKeyStoreId, ...members });
  return (await client.send(command)).KeyMetadata?.KeyId as string;
}

const state = async (KeyId: string) =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;

const importInto = async (KeyId: string, material: Buffer, members: object = FOR_EVER) =>
  client.send(await importOrder(client, KeyId, material, members, WRAPPING));

async function inToken(KeyId: string): Promise<number> {
  const rows = await query(
    databaseFile(server.strongroom),
    `SELECT cka_id FROM token_objects WHERE key_id = '${KeyId}' AND status = 'live'`,
  );
  const held = await new Pkcs11Tool(server.strongroom, 'cluster-softhsmtoken').keyIds();
  const ids = rows.map(({ cka_id }) => Buffer.from(String(cka_id)).toString('hex'));
  return ids.filter((id) => held.includes(id)).length;
}

describe('material imported into a custom key store', () => {
  it('is unwrapped in the token, deleted from it, and known again', async () => {
    const KeyId = await newKey();
    expect(await state(KeyId)).toBe('PendingImport');
    const material = randomBytes(32);
    await importInto(KeyId, material);
    expect(await state(KeyId)).toBe('Enabled');
    expect(await inToken(KeyId)).toBe(1);
    const blob = await encrypt(client, KeyId);
    await importInto(KeyId, material);
    expect(await inToken(KeyId)).toBe(1);
    await expect(importInto(KeyId, randomBytes(32))).rejects.toMatchObject({
      name: 'IncorrectKeyMaterialException',
    });
    await client.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    expect(await state(KeyId)).toBe('PendingImport');
    expect(await inToken(KeyId)).toBe(0);
    await importInto(KeyId, material);
    expect(Buffer.from(await decrypt(client, blob))).toEqual(PLAINTEXT);
  });

  it('of an HMAC key gives the MACs of that very secret', async () => {
    const KeyId = await newKey({ KeySpec: 'HMAC_384', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const material = randomBytes(48);
    await importInto(KeyId, material);
    const Message = Buffer.from('m');
    const { Mac } = await client.send(
      new GenerateMacCommand({ KeyId, Message, MacAlgorithm: 'HMAC_SHA_384' }),
    );
    expect(Buffer.from(Mac ?? [])).toEqual(createHmac('sha384', material).update(Message).digest());
  });

  it('rotates and expires as any other', async () => {
    const KeyId = await newKey();
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const now = await server.advance(0.01);
    await importInto(KeyId, first);
    const blob = await encrypt(client, KeyId);
    await importInto(KeyId, second, {
      ImportType: 'NEW_KEY_MATERIAL',
      ValidTo: new Date(now + 5 * 24 * 60 * 60 * 1000),
    });
    await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    await encrypt(client, KeyId);
    expect(await inToken(KeyId)).toBe(2);
    await server.advance(6);
    expect(await state(KeyId)).toBe('PendingImport');
    expect(await inToken(KeyId)).toBe(1);
    await importInto(KeyId, second);
    expect(Buffer.from(await decrypt(client, blob))).toEqual(PLAINTEXT);
  });

  it('is refused where the token cannot unwrap it, or nothing of it was wrapped for it', async () => {
    const KeyId = await newKey();
    await expect(
      client.send(
        new GetParametersForImportCommand({
          ...{ KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' },
        }),
      ),
    ).rejects.toMatchObject({ name: 'UnsupportedOperationException' });
    await expect(
      newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    ).rejects.toMatchObject({ name: 'UnsupportedOperationException' });
    const { ImportToken } = await client.send(
      new GetParametersForImportCommand({ KeyId, ...WRAPPING }),
    );
    const order = { KeyId, ImportToken, EncryptedKeyMaterial: randomBytes(256), ...FOR_EVER };
    await expect(client.send(new ImportKeyMaterialCommand(order))).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
    await expect(importInto(KeyId, randomBytes(31))).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
    expect(await state(KeyId)).toBe('PendingImport');
  });

  it('leaves no more than four wrapping pairs of a key', async () => {
    const KeyId = await newKey();
    for (let made = 0; made < 6; made += 1) {
      await client.send(new GetParametersForImportCommand({ KeyId, ...WRAPPING }));
    }
    const rows = () =>
      query(
        databaseFile(server.strongroom),
        `SELECT cka_id FROM token_objects WHERE key_id = '${KeyId}'`,
      );
    await expect.poll(async () => (await rows()).length).toBe(4);
  });
});
