import { describe, it } from 'vitest';
import {
  combinations,
  conformanceServer,
  type TestKey,
} from '../support/faces/conformance-server.js';
import {
  disabled,
  dryRun,
  expectRefusal,
  incorrectKey,
  invalidCiphertext,
  validation,
  violation,
} from '../support/faces/refusals.js';

const server = conformanceServer();

const EncryptionContext = { a: 'b' };
const missing = (member: string) =>
  violation(`Value null at '${member}' failed to satisfy constraint: Member must not be null`);

/** Every operation with DryRun, as it would succeed. */
const CALLS = {
  Encrypt: ({ id }: TestKey) => ({ KeyId: id, Plaintext: Buffer.from('x') }),
  Decrypt: ({ id }: TestKey, CiphertextBlob: Uint8Array) => ({
    KeyId: id,
    CiphertextBlob,
    EncryptionContext,
  }),
  ReEncrypt: ({ id }: TestKey, CiphertextBlob: Uint8Array) => ({
    SourceKeyId: id,
    DestinationKeyId: id,
    CiphertextBlob,
    SourceEncryptionContext: EncryptionContext,
  }),
  GenerateDataKey: ({ id }: TestKey) => ({ KeyId: id, KeySpec: 'AES_256' }),
  GenerateDataKeyWithoutPlaintext: ({ id }: TestKey) => ({ KeyId: id, KeySpec: 'AES_256' }),
};
const OPERATIONS = Object.keys(CALLS) as (keyof typeof CALLS)[];
const READERS = ['Decrypt', 'ReEncrypt'] as const;
const CONTEXT_OF = { Decrypt: 'EncryptionContext', ReEncrypt: 'SourceEncryptionContext' } as const;
const KEY_OF = { Decrypt: 'KeyId', ReEncrypt: 'SourceKeyId' } as const;
const ONLY_AUTHORIZE = { DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] } as const;

describe.each(combinations)('DryRun with $store keys over $face', ({ face, store }) => {
  const { call, newKey } = server.over(face, store);

  async function setUp(operation: keyof typeof CALLS) {
    const key = await newKey();
    const { CiphertextBlob } = await call('Encrypt', {
      KeyId: key.id,
      Plaintext: Buffer.from('a secret'),
      EncryptionContext,
    });
    const input = CALLS[operation](key, CiphertextBlob ?? Buffer.alloc(0));
    return { key, input: { ...input, DryRun: true } as object };
  }

  it.each(OPERATIONS)('%s that would succeed', async (operation) => {
    const { input } = await setUp(operation);
    await expectRefusal(face, call(operation, input as never), dryRun);
  });

  it.each(OPERATIONS)('%s with DryRun false just runs', async (operation) => {
    const { input } = await setUp(operation);
    await call(operation, { ...input, DryRun: false } as never);
  });

  it.each(OPERATIONS)('%s of a disabled key fails as it would', async (operation) => {
    const { key, input } = await setUp(operation);
    await call('DisableKey', { KeyId: key.id });
    await expectRefusal(face, call(operation, input as never), disabled(key.arn));
  });

  it.each(READERS)('%s looks at the ciphertext', async (operation) => {
    const { input } = await setUp(operation);
    const wrong = { ...input, [CONTEXT_OF[operation]]: { a: 'c' } };
    await expectRefusal(face, call(operation, wrong as never), invalidCiphertext);
    const { id } = await newKey();
    const elsewhere = { ...input, [KEY_OF[operation]]: id };
    await expectRefusal(face, call(operation, elsewhere as never), incorrectKey);
  });

  it.each(READERS)('%s with IGNORE_CIPHERTEXT needs none', async (operation) => {
    const { input } = await setUp(operation);
    for (const CiphertextBlob of [undefined, Buffer.from('garbage')]) {
      const ignoring = { ...input, ...ONLY_AUTHORIZE, CiphertextBlob };
      await expectRefusal(face, call(operation, ignoring as never), dryRun);
    }
  });

  it.each(READERS)('%s with IGNORE_CIPHERTEXT still minds the key', async (operation) => {
    const { key, input } = await setUp(operation);
    await call('DisableKey', { KeyId: key.id });
    const ignoring = call(operation, { ...input, ...ONLY_AUTHORIZE } as never);
    await expectRefusal(face, ignoring, disabled(key.arn));
  });

  it.each(READERS)('%s refuses IGNORE_CIPHERTEXT by itself', async (operation) => {
    const { input } = await setUp(operation);
    const real = { ...input, ...ONLY_AUTHORIZE, DryRun: false };
    const onlyDry = validation('DryRunModifiers can be specified only when DryRun is true.');
    await expectRefusal(face, call(operation, real as never), onlyDry);
    const nameless = { ...input, ...ONLY_AUTHORIZE, [KEY_OF[operation]]: undefined };
    const name = operation === 'Decrypt' ? 'keyId' : 'sourceKeyId';
    await expectRefusal(face, call(operation, nameless as never), missing(name));
  });
});
