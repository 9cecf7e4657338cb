/** What a key lists is what it does: data that is encrypted as GetPublicKey invites can be opened. */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type OaepAlgorithm, oaepHashes, specRow } from '../../src/crypto/algorithms.js';
import { databaseFile, query } from '../support/database-file.js';
import { kindsOf } from '../support/key-kinds.js';
import { sealRows } from '../support/root-key.js';
import { type KmsServer, kmsServer, octets, ownKmsServer, type TestKey } from './kms-server.js';
import { canUse, STORES } from './stores.js';

const shared = kmsServer();
const own = ownKmsServer();

const kinds = kindsOf<OaepAlgorithm>('ENCRYPT_DECRYPT').filter(
  ({ keySpec }) => specRow(keySpec).keyType === 'rsa',
);
const plaintext = Buffer.from('sealed by who has the public key alone');

async function sealOutside(
  server: KmsServer,
  key: TestKey,
  algorithm: OaepAlgorithm,
): Promise<Buffer> {
  const spki = await server.publicKey(key);
  return publicEncrypt(
    {
      key: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: oaepHashes[algorithm].hash,
    },
    plaintext,
  );
}

async function expectOpened(
  { kms }: KmsServer,
  { id: KeyId }: TestKey,
  EncryptionAlgorithm: OaepAlgorithm,
  CiphertextBlob: Buffer,
) {
  const { Plaintext } = await kms.decrypt({ KeyId, EncryptionAlgorithm, CiphertextBlob });
  expect(octets(Plaintext)).toEqual(plaintext);
}

const listed = async ({ kms }: KmsServer, { id: KeyId }: TestKey) => {
  const { KeyMetadata } = await kms.describeKey({ KeyId });
  return KeyMetadata?.EncryptionAlgorithms;
};

describe.each(STORES)('RSA keys in %s', (store) => {
  it.each(kinds)('$keySpec lists what it opens', async (kind) => {
    const key = await shared.key(store, kind);
    const able = kind.algorithms.filter((algorithm) => canUse(store, algorithm));
    const { EncryptionAlgorithms } = await shared.kms.getPublicKey({ KeyId: key.id });
    expect(EncryptionAlgorithms).toEqual(able);
    expect(await listed(shared, key)).toEqual(able);
    for (const algorithm of able) {
      await expectOpened(shared, key, algorithm, await sealOutside(shared, key, algorithm));
    }
  });
});

it('a key that is older than its list gets one when its token is connected, and opens what it did', async () => {
  const [kind] = kinds;
  if (!kind) throw new Error('there are no RSA keys');
  const key = await own.newKey('SoftHSM', kind);
  const blob = await sealOutside(own, key, 'RSAES_OAEP_SHA_1');
  const { strongroom } = own;
  await own.restart(async () => {
    const sql = 'UPDATE keys SET proven_algorithms = NULL WHERE key_id = ?';
    await query(databaseFile(strongroom), sql, [key.id]);
    await sealRows(strongroom);
  });
  await expect.poll(() => listed(own, key)).toEqual(['RSAES_OAEP_SHA_1']);
  await expectOpened(own, key, 'RSAES_OAEP_SHA_1', blob);
});
