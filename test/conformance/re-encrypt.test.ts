import { describe, expect, it } from 'vitest';
import {
  arnOf,
  conformanceServer,
  STORES,
  type StoreName,
} from '../support/faces/conformance-server.js';
import { FACES } from '../support/faces/faces.js';
import {
  algorithm,
  expectRefusal,
  incorrectKey,
  invalidCiphertext,
} from '../support/faces/refusals.js';

const server = conformanceServer();

const MATERIAL_ID = expect.stringMatching(/^[0-9a-f]{64}$/);
const Plaintext = Buffer.from('a secret');
const moves = FACES.flatMap((face) =>
  STORES.flatMap((from) => STORES.map((to) => ({ face, from, to }))),
);

describe.each(moves)('ReEncrypt from $from to $to keys over $face', ({ face, from, to }) => {
  const { call, newAlias } = server.over(face);
  const materialId = (store: StoreName, member: string) =>
    store === 'software' ? { [member]: MATERIAL_ID } : {};

  async function setUp() {
    const source = await server.newKey(face, from);
    const destination = await server.newKey(face, to);
    const { CiphertextBlob } = await call('Encrypt', {
      KeyId: source.id,
      Plaintext,
      EncryptionContext: { at: 'source' },
    });
    const input = {
      CiphertextBlob,
      SourceEncryptionContext: { at: 'source' },
      DestinationKeyId: destination.id,
      DestinationEncryptionContext: { at: 'destination' },
    };
    return { source, destination, input };
  }

  it('moves a ciphertext and its context to another key', async () => {
    const { source, destination, input } = await setUp();
    const answer = await call('ReEncrypt', input);
    expect(answer).toEqual({
      CiphertextBlob: expect.any(Buffer),
      SourceKeyId: source.arn,
      KeyId: destination.arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      ...materialId(from, 'SourceKeyMaterialId'),
      ...materialId(to, 'DestinationKeyMaterialId'),
    });
    const { CiphertextBlob } = answer;
    expect(
      await call('Decrypt', { CiphertextBlob, EncryptionContext: { at: 'destination' } }),
    ).toMatchObject({ KeyId: destination.arn, Plaintext });
    const withOldContext = call('Decrypt', {
      CiphertextBlob,
      EncryptionContext: { at: 'source' },
    });
    await expectRefusal(face, withOldContext, invalidCiphertext);
  });

  it('takes both keys in any of the four forms', async () => {
    const { source, destination, input } = await setUp();
    const forms = [];
    for (const key of [source, destination]) {
      const alias = await newAlias(key);
      forms.push([key.id, key.arn, alias, arnOf(alias)]);
    }
    for (const [at, SourceKeyId] of (forms[0] ?? []).entries()) {
      const DestinationKeyId = forms[1]?.[at];
      expect(await call('ReEncrypt', { ...input, SourceKeyId, DestinationKeyId })).toMatchObject({
        SourceKeyId: source.arn,
        KeyId: destination.arn,
      });
    }
  });

  it.each([
    ['a wrong source context', { SourceEncryptionContext: { at: 'sea' } }, invalidCiphertext],
    ['no source context', { SourceEncryptionContext: {} }, invalidCiphertext],
    [
      'an RSA algorithm of the destination',
      { DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' },
      algorithm('RSAES_OAEP_SHA_1'),
    ],
  ] as const)('refuses %s', async (_, members, refusal) => {
    const { input } = await setUp();
    await expectRefusal(face, call('ReEncrypt', { ...input, ...members }), refusal);
  });

  it('refuses a source key that is not the one of the ciphertext', async () => {
    const { destination, input } = await setUp();
    const refused = call('ReEncrypt', { ...input, SourceKeyId: destination.id });
    await expectRefusal(face, refused, incorrectKey);
  });
});
