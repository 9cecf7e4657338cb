import {
  CancelKeyDeletionCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  paginateListKeyRotations,
  RotateKeyOnDemandCommand,
  type RotationsListEntry,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectedKeyStore } from '../support/custom-key-store.js';
import { SimulatedServer } from '../support/simulated-server.js';

const DAY_MS = 24 * 60 * 60 * 1000;

let server: SimulatedServer;
let client: KMSClient;

beforeAll(async () => {
  server = await SimulatedServer.start();
  client = await server.strongroom.client();
});

afterAll(() => server.strongroom.dispose());

async function newKey(members: object = {}): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand(members));
  return KeyMetadata?.Arn as string;
}

async function encrypt(KeyId: string, text: string): Promise<Uint8Array> {
  const { CiphertextBlob } = await client.send(
    new EncryptCommand({ KeyId, Plaintext: Buffer.from(text) }),
  );
  return CiphertextBlob as Uint8Array;
}

async function decrypt(CiphertextBlob: Uint8Array) {
  const { Plaintext, KeyMaterialId } = await client.send(new DecryptCommand({ CiphertextBlob }));
  return { text: Buffer.from(Plaintext ?? []).toString(), KeyMaterialId };
}

async function currentMaterial(KeyId: string): Promise<string> {
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
  return KeyMetadata?.CurrentKeyMaterialId as string;
}

async function rotations(
  KeyId: string,
  IncludeKeyMaterial: 'ALL_KEY_MATERIAL' | 'ROTATIONS_ONLY' = 'ROTATIONS_ONLY',
  Limit?: number,
): Promise<RotationsListEntry[]> {
  const all: RotationsListEntry[] = [];
  const pages = paginateListKeyRotations({ client }, { KeyId, IncludeKeyMaterial, Limit });
  for await (const { Rotations } of pages) all.push(...(Rotations ?? []));
  return all;
}

describe('twenty years of automatic rotation', () => {
  it('leave every ciphertext readable and every material listed', async () => {
    const KeyId = await newKey();
    await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 365 }));
    const written: { text: string; blob: Uint8Array; material: string }[] = [];
    for (let year = 0; year <= 20; year += 1) {
      if (year > 0) await server.advance(365);
      const text = `written in year ${year}`;
      const material = await currentMaterial(KeyId);
      written.push({ text, blob: await encrypt(KeyId, text), material });
    }
    expect(new Set(written.map(({ material }) => material)).size).toBe(21);
    for (const { text, blob, material } of written) {
      expect(await decrypt(blob)).toStrictEqual({ text, KeyMaterialId: material });
    }
    const listed = await rotations(KeyId, 'ALL_KEY_MATERIAL', 7);
    expect(listed.map(({ KeyMaterialId }) => KeyMaterialId)).toStrictEqual(
      written.map(({ material }) => material),
    );
    expect(listed[0]).toStrictEqual({
      KeyId,
      KeyMaterialId: written[0]?.material,
      KeyMaterialState: 'NON_CURRENT',
    });
    expect(listed.at(-1)).toStrictEqual({
      KeyId,
      KeyMaterialId: written[20]?.material,
      KeyMaterialState: 'CURRENT',
      RotationType: 'AUTOMATIC',
      RotationDate: expect.any(Date),
    });
    expect(await rotations(KeyId)).toHaveLength(20);
  });

  it('in one leap rotate as often as in twenty', async () => {
    const KeyId = await newKey();
    await client.send(new EnableKeyRotationCommand({ KeyId }));
    const blob = await encrypt(KeyId, 'old');
    await server.advance(20 * 365 + 1);
    expect(await rotations(KeyId)).toHaveLength(20);
    expect((await decrypt(blob)).text).toBe('old');
  });
});

describe('the rotation setting', () => {
  it('is off at first, on with a date, and off again', async () => {
    const KeyId = await newKey();
    const status = async () => {
      const { $metadata: _, ...rest } = await client.send(
        new GetKeyRotationStatusCommand({ KeyId }),
      );
      return rest;
    };
    expect(await status()).toStrictEqual({ KeyId, KeyRotationEnabled: false });
    const now = await server.advance(1);
    await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    const first = await status();
    expect(first).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 90 });
    expect(first.NextRotationDate?.getTime()).toBeGreaterThanOrEqual(now + 90 * DAY_MS - 1000);
    await server.advance(10);
    await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    expect((await status()).NextRotationDate).toStrictEqual(first.NextRotationDate);
    await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 100 }));
    const longer = (await status()).NextRotationDate?.getTime() ?? 0;
    expect(longer).toBeGreaterThan((first.NextRotationDate?.getTime() ?? 0) + 19 * DAY_MS);
    await client.send(new DisableKeyRotationCommand({ KeyId }));
    expect(await status()).toStrictEqual({ KeyId, KeyRotationEnabled: false });
    await server.advance(400);
    expect(await rotations(KeyId)).toHaveLength(0);
  });

  it.each([89, 2561])('refuses a period of %i days', async (RotationPeriodInDays) => {
    const KeyId = await newKey();
    await expect(
      client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it.each([
    { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
    { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
  ])('is not for a key of $KeySpec', async (members) => {
    const KeyId = await newKey(members);
    const refusal = { name: 'UnsupportedOperationException' };
    await expect(client.send(new EnableKeyRotationCommand({ KeyId }))).rejects.toMatchObject(
      refusal,
    );
    await expect(client.send(new RotateKeyOnDemandCommand({ KeyId }))).rejects.toMatchObject(
      refusal,
    );
    await expect(rotations(KeyId)).rejects.toMatchObject({ name: 'ValidationException' });
    const { Rotations } = await client.send(new ListKeyRotationsCommand({ KeyId }));
    expect(Rotations).toEqual([]);
    await client.send(new DisableKeyRotationCommand({ KeyId }));
    const status = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(status.KeyRotationEnabled).toBe(false);
  });

  it('waits while the key is disabled and makes up for it at once', async () => {
    const KeyId = await newKey();
    await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    const before = await currentMaterial(KeyId);
    await client.send(new DisableKeyCommand({ KeyId }));
    await server.advance(400);
    expect(await currentMaterial(KeyId)).toBe(before);
    await client.send(new EnableKeyCommand({ KeyId }));
    expect(await currentMaterial(KeyId)).not.toBe(before);
    expect(await rotations(KeyId)).toHaveLength(1);
  });

  it('pauses while the key awaits deletion', async () => {
    const KeyId = await newKey();
    await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    await server.advance(80);
    await client.send(new ScheduleKeyDeletionCommand({ KeyId }));
    const pending = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(pending.KeyRotationEnabled).toBe(false);
    await server.advance(20);
    await client.send(new CancelKeyDeletionCommand({ KeyId }));
    const cancelled = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(cancelled.KeyRotationEnabled).toBe(true);
    expect(await rotations(KeyId)).toHaveLength(0);
    await client.send(new EnableKeyCommand({ KeyId }));
    expect(await rotations(KeyId)).toHaveLength(1);
  });
});

describe('rotation on demand', () => {
  it('works 25 times, and all 26 materials decrypt', async () => {
    const KeyId = await newKey();
    const blobs = [await encrypt(KeyId, '0')];
    for (let time = 1; time <= 25; time += 1) {
      const { KeyId: answered } = await client.send(new RotateKeyOnDemandCommand({ KeyId }));
      expect(answered).toBe(KeyId);
      blobs.push(await encrypt(KeyId, `${time}`));
    }
    await expect(client.send(new RotateKeyOnDemandCommand({ KeyId }))).rejects.toMatchObject({
      name: 'LimitExceededException',
      message: `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${KeyId}`,
    });
    for (const [time, blob] of blobs.entries()) expect((await decrypt(blob)).text).toBe(`${time}`);
    expect(await rotations(KeyId)).toHaveLength(25);
  });

  it('leaves the schedule alone and is refused shortly before it', async () => {
    const KeyId = await newKey();
    await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    const date = async () =>
      (await client.send(new GetKeyRotationStatusCommand({ KeyId }))).NextRotationDate;
    const before = await date();
    await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    expect(await date()).toStrictEqual(before);
    await server.advance(90 - 10 / (24 * 60));
    await expect(client.send(new RotateKeyOnDemandCommand({ KeyId }))).rejects.toMatchObject({
      name: 'ConflictException',
    });
  });

  it('by two callers at once rotates once or twice, and nothing is lost', async () => {
    const KeyId = await newKey();
    const blob = await encrypt(KeyId, 'before');
    const both = await Promise.allSettled([
      client.send(new RotateKeyOnDemandCommand({ KeyId })),
      client.send(new RotateKeyOnDemandCommand({ KeyId })),
    ]);
    const won = both.filter(({ status }) => status === 'fulfilled').length;
    expect(won).toBeGreaterThanOrEqual(1);
    expect(await rotations(KeyId)).toHaveLength(won);
    expect((await decrypt(blob)).text).toBe('before');
  });

  it('shows in GenerateDataKey which material was used', async () => {
    const KeyId = await newKey();
    await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    const { KeyMaterialId } = await client.send(
      new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }),
    );
    expect(KeyMaterialId).toBe(await currentMaterial(KeyId));
  });

  it('is told as an event', async () => {
    const KeyId = await newKey();
    const before = await currentMaterial(KeyId);
    await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    const event = (await server.events()).find(({ resources }) => resources.includes(KeyId));
    expect(event).toMatchObject({
      source: 'aws.kms',
      'detail-type': 'KMS CMK Rotation',
      detail: {
        'key-id': KeyId.split('/').at(-1),
        'rotation-type': 'ON_DEMAND',
        'key-origin': 'AWS_KMS',
        'previous-key-material-id': before,
        'current-key-material-id': await currentMaterial(KeyId),
      },
    });
  });
});

describe('keys in a custom key store', () => {
  it('rotate by a new object in the token', async () => {
    const CustomKeyStoreId = await connectedKeyStore(server.strongroom, client);
    const KeyId = await newKey({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId });
    const blob = await encrypt(KeyId, 'in the token');
    await client.send(new RotateKeyOnDemandCommand({ KeyId }));
    await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    const newer = await encrypt(KeyId, 'rotated');
    await server.advance(91);
    expect(await rotations(KeyId)).toMatchObject([
      { RotationType: 'ON_DEMAND' },
      { RotationType: 'AUTOMATIC', KeyMaterialState: 'CURRENT' },
    ]);
    expect((await decrypt(blob)).text).toBe('in the token');
    expect((await decrypt(newer)).text).toBe('rotated');
  });
});
