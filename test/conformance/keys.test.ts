import { describe, expect, it } from 'vitest';
import { arnOf, combinations, ownConformanceServer } from '../support/faces/conformance-server.js';
import { expectRefusal, invalidState, validation, violation } from '../support/faces/refusals.js';
import { ACCOUNT_ID } from '../support/strongroom.js';

const server = ownConformanceServer();

const DAY_MS = 24 * 60 * 60 * 1000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const OUTSIDE = validation('The pending window must be between 7 and 30 days, inclusive.');
const atWindow = (days: number, text: string) =>
  violation(
    `Value '${days}' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value ${text}`,
  );

describe.each(combinations)('$store keys over $face', ({ face, store }) => {
  const { call, newKey } = server.over(face, store);
  const placed = () => server.placement(store);
  const describeKey = async (KeyId: string) => (await call('DescribeKey', { KeyId })).KeyMetadata;

  it('CreateKey answers exactly the members that apply', async () => {
    const before = Date.now();
    const { KeyMetadata } = await call('CreateKey', { ...placed(), Description: 'for tests' });
    const id = KeyMetadata?.KeyId ?? '';
    expect(id).toMatch(UUID);
    expect(KeyMetadata).toEqual({
      AWSAccountId: ACCOUNT_ID,
      KeyId: id,
      Arn: arnOf(`key/${id}`),
      CreationDate: expect.any(Date),
      Enabled: true,
      Description: 'for tests',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      KeyManager: 'CUSTOMER',
      CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
      KeySpec: 'SYMMETRIC_DEFAULT',
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
      MultiRegion: false,
      ...(store === 'software'
        ? { Origin: 'AWS_KMS', CurrentKeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/) }
        : {
            Origin: 'AWS_CLOUDHSM',
            CustomKeyStoreId: server.customKeyStoreId,
            CloudHsmClusterId: 'cluster-softhsmtoken',
          }),
    });
    const created = KeyMetadata?.CreationDate?.getTime() ?? 0;
    expect(created).toBeGreaterThanOrEqual(before);
    expect(created).toBeLessThanOrEqual(Date.now());
    expect(await describeKey(id)).toEqual(KeyMetadata);
  });

  it('CreateKey takes a policy, tags and the long way to say the defaults', async () => {
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' },
    });
    const Tags = [{ TagKey: 'colour', TagValue: 'blue' }];
    const { id } = await newKey({
      Policy,
      Tags,
      BypassPolicyLockoutSafetyCheck: true,
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
      MultiRegion: false,
      ...(store === 'software' && { Origin: 'AWS_KMS' }),
    });
    expect((await call('GetKeyPolicy', { KeyId: id })).Policy).toBe(Policy);
    expect((await call('ListResourceTags', { KeyId: id })).Tags).toEqual(Tags);
    const older = await newKey({ CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' });
    expect(await describeKey(older.id)).toMatchObject({ Description: '' });
  });

  it('CreateKey is never idempotent', async () => {
    const keys = await Promise.all([newKey(), newKey(), newKey()]);
    expect(new Set(keys.map(({ id }) => id)).size).toBe(3);
  });

  it('ListKeys shows the id and the ARN', async () => {
    const key = await newKey();
    const { Keys } = await call('ListKeys', { Limit: 1000 });
    expect(Keys).toContainEqual({ KeyId: key.id, KeyArn: key.arn });
  });

  it('DisableKey and EnableKey change the state and may be repeated', async () => {
    const { id } = await newKey();
    for (const [operation, KeyState] of [
      ['DisableKey', 'Disabled'],
      ['DisableKey', 'Disabled'],
      ['EnableKey', 'Enabled'],
      ['EnableKey', 'Enabled'],
    ] as const) {
      expect(await call(operation, { KeyId: id })).toEqual({});
      const Enabled = KeyState === 'Enabled';
      expect(await describeKey(id)).toMatchObject({ KeyState, Enabled });
    }
  });

  it('a key that was disabled decrypts again once it is enabled', async () => {
    const { id } = await newKey();
    const Plaintext = Buffer.from('x');
    const { CiphertextBlob } = await call('Encrypt', { KeyId: id, Plaintext });
    await call('DisableKey', { KeyId: id });
    await call('EnableKey', { KeyId: id });
    expect(await call('Decrypt', { CiphertextBlob })).toMatchObject({ Plaintext });
  });

  it.each(['', 'new', 'Größe ☃ \n', 'x'.repeat(8192)])(
    'UpdateKeyDescription keeps the text (%#)',
    async (Description) => {
      const { id } = await newKey({ Description: 'old' });
      expect(await call('UpdateKeyDescription', { KeyId: id, Description })).toEqual({});
      expect(await describeKey(id)).toMatchObject({ Description });
    },
  );

  it.each([undefined, 7, 8, 30])('ScheduleKeyDeletion in %s days', async (days) => {
    const key = await newKey();
    const before = Date.now();
    const input = { KeyId: key.id, ...(days && { PendingWindowInDays: days }) };
    const answer = await call('ScheduleKeyDeletion', input);
    const DeletionDate = expect.any(Date);
    expect(answer).toEqual({
      KeyId: key.arn,
      DeletionDate,
      KeyState: 'PendingDeletion',
      PendingWindowInDays: days ?? 30,
    });
    const at = answer.DeletionDate?.getTime() ?? 0;
    expect(at).toBeGreaterThanOrEqual(before + (days ?? 30) * DAY_MS);
    expect(at).toBeLessThanOrEqual(Date.now() + (days ?? 30) * DAY_MS);
    expect(await describeKey(key.id)).toMatchObject({
      KeyState: 'PendingDeletion',
      Enabled: false,
      DeletionDate: answer.DeletionDate,
    });
  });

  it.each([
    [0, atWindow(0, 'greater than or equal to 1')],
    [1, OUTSIDE],
    [6, OUTSIDE],
    [31, OUTSIDE],
    [365, OUTSIDE],
    [366, atWindow(366, 'less than or equal to 365')],
  ])('ScheduleKeyDeletion refuses %i days', async (PendingWindowInDays, refusal) => {
    const { id } = await newKey();
    const scheduled = call('ScheduleKeyDeletion', { KeyId: id, PendingWindowInDays });
    await expectRefusal(face, scheduled, refusal);
    expect(await describeKey(id)).toMatchObject({ KeyState: 'Enabled' });
  });

  it('the window of a pending deletion can not be edited', async () => {
    const { id, arn } = await newKey();
    const { DeletionDate } = await call('ScheduleKeyDeletion', { KeyId: id });
    const again = call('ScheduleKeyDeletion', { KeyId: id, PendingWindowInDays: 7 });
    await expectRefusal(face, again, invalidState(`${arn} is pending deletion.`));
    expect(await describeKey(id)).toMatchObject({ DeletionDate });
  });

  it('CancelKeyDeletion answers the ARN and leaves the key Disabled', async () => {
    const { id, arn } = await newKey();
    const before = await describeKey(id);
    await call('ScheduleKeyDeletion', { KeyId: id });
    expect(await call('CancelKeyDeletion', { KeyId: id })).toEqual({ KeyId: arn });
    // The very metadata of before, so without a DeletionDate.
    expect(await describeKey(id)).toEqual({ ...before, KeyState: 'Disabled', Enabled: false });
    const again = call('CancelKeyDeletion', { KeyId: id });
    await expectRefusal(face, again, invalidState(`${arn} is not pending deletion.`));
  });
});
