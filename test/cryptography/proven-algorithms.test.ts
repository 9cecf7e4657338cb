/** What a key lists is what it does: data that is encrypted as GetPublicKey invites can be opened. */
import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type OaepAlgorithm, oaepHashes, specRow } from '../../src/crypto/algorithms.js';
import { databaseFile, query } from '../support/database-file.js';
import { kindsOf } from '../support/key-kinds.js';
import { kmsServer, octets, type TestKey } from './kms-server.js';
import { canUse, STORES } from './stores.js';

const server = kmsServer();

const kinds = kindsOf<OaepAlgorithm>('ENCRYPT_DECRYPT').filter(
  ({ keySpec }) => specRow(keySpec).keyType === 'rsa',
);
const plaintext = Buffer.from('sealed by who has the public key alone');

async function sealOutside(key: TestKey, algorithm: OaepAlgorithm): Promise<Buffer> {
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

async function expectOpened(key: TestKey, EncryptionAlgorithm: OaepAlgorithm, blob: Buffer) {
  const named = { KeyId: key.id, EncryptionAlgorithm, CiphertextBlob: blob };
  expect(octets((await server.kms.decrypt(named)).Plaintext)).toEqual(plaintext);
}

const listed = async (key: TestKey) => {
  const { KeyMetadata } = await server.kms.describeKey({ KeyId: key.id });
  return KeyMetadata?.EncryptionAlgorithms;
};

describe.each(STORES)('RSA keys in %s', (store) => {
  it.each(kinds)('$keySpec lists what it opens', async (kind) => {
    const key = await server.key(store, kind);
    const able = kind.algorithms.filter((algorithm) => canUse(store, algorithm));
    const { EncryptionAlgorithms } = await server.kms.getPublicKey({ KeyId: key.id });
    expect(EncryptionAlgorithms).toEqual(able);
    expect(await listed(key)).toEqual(able);
    for (const algorithm of able) {
      await expectOpened(key, algorithm, await sealOutside(key, algorithm));
    }
  });
});

it('a key that is older than its list gets one when its token is connected, and opens what it did', async () => {
  const [kind] = kinds;
  if (!kind) throw new Error('there are no RSA keys');
  const key = await server.newKey('SoftHSM', kind);
  const blob = await sealOutside(key, 'RSAES_OAEP_SHA_1');
  const { strongroom } = server;
  await server.restart(() =>
    query(databaseFile(strongroom), 'UPDATE keys SET proven_algorithms = NULL WHERE key_id = ?', [
      key.id,
    ]),
  );
  await expect.poll(() => listed(key)).toEqual(['RSAES_OAEP_SHA_1']);
  await expectOpened(key, 'RSAES_OAEP_SHA_1', blob);
});
