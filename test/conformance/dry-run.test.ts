import { describe, expect, it } from 'vitest';
import { combinations, conformanceServer } from '../support/faces/conformance-server.js';
import {
  disabled,
  dryRun,
  type Expected,
  expectRefusal,
  incorrectKey,
  invalidCiphertext,
  validation,
  violation,
} from '../support/faces/refusals.js';
import { operationRows, type TitledRow } from '../support/operations/operation-rows.js';
import { Surroundings, sharedSurroundings } from '../support/operations/surroundings.js';
import { unreadablePeers } from '../support/oracles/ec-keys.js';

const server = conformanceServer();

const missing = (member: string) =>
  violation(`Value null at '${member}' failed to satisfy constraint: Member must not be null`);

const dryRows = operationRows.filter((row) => row.dryRun);
const onState = dryRows.filter(({ states }) => states !== 'any');
const rowNamed = (title: string) => dryRows.find((row) => row.title === title) as TitledRow;

/** Members that would fail, which a dry run must look at. */
const LOOKS: readonly { title: string; wrong: object; refusal: Expected }[] = [
  {
    title: 'Verify',
    wrong: { Signature: Buffer.alloc(70) },
    refusal: { name: 'KMSInvalidSignatureException', message: '' },
  },
  {
    title: 'VerifyMac',
    wrong: { Mac: Buffer.alloc(32) },
    refusal: { name: 'KMSInvalidMacException', message: '' },
  },
  {
    title: 'DeriveSharedSecret',
    wrong: { PublicKey: unreadablePeers[0]?.spki('prime256v1') },
    refusal: { name: 'ValidationException', message: '' },
  },
  {
    title: 'Decapsulate',
    wrong: { SharedSecretCiphertextBlob: Buffer.alloc(767) },
    refusal: invalidCiphertext,
  },
  ...['Decrypt (RSA)', 'ReEncrypt (RSA)'].map((title) => ({
    ...{ title, wrong: { CiphertextBlob: Buffer.alloc(256) } },
    refusal: invalidCiphertext,
  })),
];

const READERS = ['Decrypt', 'ReEncrypt'] as const;
const CONTEXT_OF = { Decrypt: 'EncryptionContext', ReEncrypt: 'SourceEncryptionContext' } as const;
const KEY_OF = { Decrypt: 'KeyId', ReEncrypt: 'SourceKeyId' } as const;
const ONLY_AUTHORIZE = { DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] } as const;

describe.each(combinations)('DryRun with $store keys over $face', ({ face, store }) => {
  const { call, newKey } = server.over(face, store);
  const place = () => ({ server, face, store });
  const shared = sharedSurroundings(place);

  it.each(dryRows)('$title that would succeed', async (row) => {
    const at = await shared(row);
    const input = { ...(await row.input(at.key.id, at)), DryRun: true };
    await expectRefusal(face, at.call(row.operation, input as never), dryRun);
  });

  it.each(dryRows)('$title with DryRun false just runs', async (row) => {
    const at = await (row.changes ? Surroundings.make(place(), row) : shared(row));
    const input = { ...(await row.input(at.key.id, at)), DryRun: false };
    expect((await at.exchange(row.operation, input)).error).toBeUndefined();
  });

  it.each(onState)('$title of a disabled key fails as it would', async (row) => {
    const at = await Surroundings.make(place(), row);
    const input = { ...(await row.input(at.key.id, at)), DryRun: true };
    await call('DisableKey', { KeyId: at.key.id });
    await expectRefusal(face, at.call(row.operation, input as never), disabled(at.key.arn));
  });

  it.each(LOOKS)('$title looks closely', async ({ title, wrong, refusal }) => {
    const row = rowNamed(title);
    const at = await shared(row);
    const input = { ...(await row.input(at.key.id, at)), ...wrong, DryRun: true };
    await expectRefusal(face, at.call(row.operation, input as never), refusal);
  });

  /** Decrypt or ReEncrypt of a key's ciphertext, by that key. */
  async function setUp(operation: (typeof READERS)[number]) {
    const row = rowNamed(operation === 'Decrypt' ? 'Decrypt' : 'ReEncrypt (source)');
    const at = await Surroundings.make(place(), row);
    return { key: at.key, input: { ...(await row.input(at.key.id, at)), DryRun: true } };
  }

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
