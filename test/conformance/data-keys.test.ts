import { describe, expect, it } from 'vitest';
import { combinations, conformanceServer } from '../support/faces/conformance-server.js';
import { expectRefusal, validation, violation } from '../support/faces/refusals.js';

const server = conformanceServer();

const MATERIAL_ID = expect.stringMatching(/^[0-9a-f]{64}$/);
const SIZES = [
  { size: { KeySpec: 'AES_128' }, length: 16 },
  { size: { KeySpec: 'AES_256' }, length: 32 },
  { size: { NumberOfBytes: 1 }, length: 1 },
  { size: { NumberOfBytes: 64 }, length: 64 },
  { size: { NumberOfBytes: 1024 }, length: 1024 },
] as const;
const EITHER_OR = validation('Please specify either number of bytes or key spec.');
const atNumberOfBytes = (value: number, text: string) =>
  violation(
    `Value '${value}' at 'numberOfBytes' failed to satisfy constraint: Member must have value ${text}`,
  );
const MISFITS = [
  [{}, EITHER_OR],
  [{ KeySpec: 'AES_256', NumberOfBytes: 32 }, EITHER_OR],
  [{ NumberOfBytes: 0 }, atNumberOfBytes(0, 'greater than or equal to 1')],
  [{ NumberOfBytes: 1025 }, atNumberOfBytes(1025, 'less than or equal to 1024')],
  [
    { KeySpec: 'AES_512' },
    violation(
      "Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [AES_256, AES_128]",
    ),
  ],
] as const;

describe.each(combinations)('data keys of $store keys over $face', ({ face, store }) => {
  const { call, newKey } = server.over(face, store);
  const materialId = store === 'software' ? { KeyMaterialId: MATERIAL_ID } : {};
  const EncryptionContext = { purpose: 'test' };

  it.each(SIZES)('GenerateDataKey answers $length bytes for $size', async ({ size, length }) => {
    const key = await newKey();
    const answer = await call('GenerateDataKey', { KeyId: key.id, EncryptionContext, ...size });
    expect(answer).toEqual({
      CiphertextBlob: expect.any(Buffer),
      Plaintext: expect.any(Buffer),
      KeyId: key.arn,
      ...materialId,
    });
    expect(answer.Plaintext).toHaveLength(length);
    const { CiphertextBlob } = answer;
    const { Plaintext } = await call('Decrypt', { CiphertextBlob, EncryptionContext });
    expect(Plaintext).toEqual(answer.Plaintext);
  });

  it.each(SIZES)('GenerateDataKeyWithoutPlaintext keeps $length bytes to itself', async (row) => {
    const key = await newKey();
    const input = { KeyId: key.id, EncryptionContext, ...row.size };
    const answer = await call('GenerateDataKeyWithoutPlaintext', input);
    expect(answer).toEqual({
      CiphertextBlob: expect.any(Buffer),
      KeyId: key.arn,
      ...materialId,
    });
    const { CiphertextBlob } = answer;
    const { Plaintext } = await call('Decrypt', { CiphertextBlob, EncryptionContext });
    expect(Plaintext).toHaveLength(row.length);
    // The server zeroes its copy: that must happen after the encryption, not before.
    if (row.length > 1) expect(Plaintext).not.toEqual(Buffer.alloc(row.length));
  });

  it('never answers the same data key twice', async () => {
    const key = await newKey();
    const input = { KeyId: key.id, KeySpec: 'AES_256' } as const;
    const answers = await Promise.all([1, 2, 3].map(() => call('GenerateDataKey', input)));
    const plaintexts = answers.map(({ Plaintext }) => Buffer.from(Plaintext ?? []).toString('hex'));
    expect(new Set(plaintexts).size).toBe(3);
  });

  describe.each(['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'] as const)('%s', (name) => {
    it.each(MISFITS)('refuses %j', async (size, refusal) => {
      const key = await newKey();
      await expectRefusal(face, call(name, { KeyId: key.id, ...size } as never), refusal);
    });
  });

  it('GenerateRandom answers random bytes from the store', async () => {
    const from = store === 'software' ? {} : { CustomKeyStoreId: server.customKeyStoreId };
    for (const NumberOfBytes of [1, 32, 1024]) {
      const answer = await call('GenerateRandom', { NumberOfBytes, ...from });
      expect(answer).toEqual({ Plaintext: expect.any(Buffer) });
      expect(answer.Plaintext).toHaveLength(NumberOfBytes);
    }
    const random = () => call('GenerateRandom', { NumberOfBytes: 32, ...from });
    expect((await random()).Plaintext).not.toEqual((await random()).Plaintext);
  });

  it.each([
    [{}, validation('NumberOfBytes is required.')],
    [{ NumberOfBytes: 0 }, atNumberOfBytes(0, 'greater than or equal to 1')],
    [{ NumberOfBytes: 1025 }, atNumberOfBytes(1025, 'less than or equal to 1024')],
    [
      { NumberOfBytes: 16, Recipient: {} },
      validation('Recipient is not supported: this server has no Nitro attestation.'),
    ],
    [
      { NumberOfBytes: 16, CustomKeyStoreId: 'cks-0' },
      {
        name: 'CustomKeyStoreNotFoundException',
        message: 'Custom key store cks-0 does not exist.',
      },
    ],
  ])('GenerateRandom refuses %j', async (input, refusal) => {
    await expectRefusal(face, call('GenerateRandom', input), refusal);
  });
});
