import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  maxPlaintext,
  type OaepAlgorithm,
  oaepHashes,
  specRow,
} from '../../src/crypto/algorithms.js';
import { rowsOf } from '../support/key-kinds.js';
import { openssl } from '../support/oracles/openssl.js';
import { kmsServer, octets, type TestKey } from './kms-server.js';
import {
  beyondToken,
  expectRefusal,
  invalidCiphertext,
  tooLong,
  validation,
  wrongAlgorithm,
} from './refusals.js';
import { canUse, STORES } from './stores.js';

const server = kmsServer();

const symmetric = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' } as const;
const rows = rowsOf<OaepAlgorithm>('ENCRYPT_DECRYPT').filter(
  ({ keySpec }) => specRow(keySpec).keyType === 'rsa',
);
const NO_CONTEXT = validation(
  'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
);

/** A ciphertext made outside, with nothing but the public key. */
function encryptOutside(publicKey: Buffer, algorithm: OaepAlgorithm, plaintext: Buffer) {
  const { hash } = oaepHashes[algorithm];
  const options = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`];
  return openssl(
    [
      ...['pkeyutl', '-encrypt', '-pubin', '-keyform', 'DER', '-inkey', 'key', '-in', 'plaintext'],
      ...options.flatMap((option) => ['-pkeyopt', option]),
    ],
    { key: publicKey, plaintext },
  );
}

const withKey = ({ id }: TestKey, EncryptionAlgorithm: OaepAlgorithm) => ({
  KeyId: id,
  EncryptionAlgorithm,
});

describe.each(STORES)('RSA encryption with %s keys', (store) => {
  const usable = rows.filter(({ algorithm }) => canUse(store, algorithm));
  const refused = rows.filter(({ algorithm }) => !canUse(store, algorithm));

  it.each(usable)('$keySpec $algorithm opens what it sealed', async ({ kind, ...row }) => {
    const key = await server.key(store, kind);
    const named = withKey(key, row.algorithm);
    for (const length of [1, maxPlaintext(row.keySpec, row.algorithm)]) {
      const Plaintext = randomBytes(length);
      const sealed = await server.kms.encrypt({ ...named, Plaintext });
      expect(sealed).toMatchObject({ KeyId: key.arn, EncryptionAlgorithm: row.algorithm });
      expect(sealed.CiphertextBlob).toHaveLength(specRow(row.keySpec).bytes);
      const { CiphertextBlob } = sealed;
      const opened = await server.kms.decrypt({ ...named, CiphertextBlob });
      expect(octets(opened.Plaintext)).toEqual(Plaintext);
      expect(opened).toMatchObject({ KeyId: key.arn, EncryptionAlgorithm: row.algorithm });
      expect(opened.KeyMaterialId).toBeUndefined();
    }
  });

  it.each(usable)('$keySpec $algorithm opens what OpenSSL sealed', async ({ kind, algorithm }) => {
    const key = await server.key(store, kind);
    const plaintext = randomBytes(maxPlaintext(kind.keySpec, algorithm));
    const publicKey = await server.publicKey(key);
    const CiphertextBlob = await encryptOutside(publicKey, algorithm, plaintext);
    const { Plaintext } = await server.kms.decrypt({ ...withKey(key, algorithm), CiphertextBlob });
    expect(octets(Plaintext)).toEqual(plaintext);
  });

  it.each(usable)('$keySpec $algorithm refuses one octet more', async ({ kind, ...row }) => {
    const key = await server.key(store, kind);
    const max = maxPlaintext(row.keySpec, row.algorithm);
    const Plaintext = randomBytes(max + 1);
    const call = server.kms.encrypt({ ...withKey(key, row.algorithm), Plaintext });
    await expectRefusal(call, tooLong(row.algorithm, row.keySpec, max));
  });

  it.each(usable)('$keySpec $algorithm opens nothing else', async ({ kind, algorithm }) => {
    const key = await server.key(store, kind);
    const named = withKey(key, algorithm);
    const { CiphertextBlob } = await server.kms.encrypt({ ...named, Plaintext: randomBytes(32) });
    const sealed = octets(CiphertextBlob);
    const changed = Buffer.from(sealed);
    changed[9] = (changed[9] ?? 0) ^ 1;
    const { bytes } = specRow(kind.keySpec);
    const blobs = [
      changed,
      sealed.subarray(0, -1),
      Buffer.concat([sealed, Buffer.alloc(1)]),
      randomBytes(100),
      Buffer.alloc(bytes),
      Buffer.alloc(bytes, 0xff),
    ];
    for (const blob of blobs) {
      const call = server.kms.decrypt({ ...named, CiphertextBlob: blob });
      await expectRefusal(call, invalidCiphertext);
    }
    for (const other of usable.filter((row) => row.kind === kind && row.algorithm !== algorithm)) {
      const call = server.kms.decrypt({ ...withKey(key, other.algorithm), CiphertextBlob });
      await expectRefusal(call, invalidCiphertext);
    }
  });

  it.each(usable)('$keySpec $algorithm has no context', async ({ kind, algorithm }) => {
    const named = withKey(await server.key(store, kind), algorithm);
    const EncryptionContext = { purpose: 'test' };
    const Plaintext = randomBytes(32);
    await expectRefusal(server.kms.encrypt({ ...named, Plaintext, EncryptionContext }), NO_CONTEXT);
    const none = { ...named, EncryptionContext: {} };
    const { CiphertextBlob } = await server.kms.encrypt({ ...none, Plaintext });
    await expectRefusal(
      server.kms.decrypt({ ...named, CiphertextBlob, EncryptionContext }),
      NO_CONTEXT,
    );
    const opened = await server.kms.decrypt({ ...none, CiphertextBlob });
    expect(octets(opened.Plaintext)).toEqual(Plaintext);
  });

  it.each(usable)('$keySpec $algorithm is not found without KeyId', async (row) => {
    const named = withKey(await server.key(store, row.kind), row.algorithm);
    const { CiphertextBlob } = await server.kms.encrypt({ ...named, Plaintext: randomBytes(32) });
    const missing = (member: string) => validation(`${member} must not be null`);
    const call = server.kms.decrypt({ CiphertextBlob, EncryptionAlgorithm: row.algorithm });
    await expectRefusal(call, missing('KeyId'));
    const reEncrypt = server.kms.reEncrypt({
      CiphertextBlob,
      SourceEncryptionAlgorithm: row.algorithm,
      DestinationKeyId: named.KeyId,
      DestinationEncryptionAlgorithm: row.algorithm,
    });
    await expectRefusal(reEncrypt, missing('SourceKeyId'));
  });

  it.each(usable)('$keySpec $algorithm must be named', async ({ kind, algorithm }) => {
    const key = await server.key(store, kind);
    const Plaintext = randomBytes(32);
    const unnamed = wrongAlgorithm('SYMMETRIC_DEFAULT', kind.keySpec);
    await expectRefusal(server.kms.encrypt({ KeyId: key.id, Plaintext }), unnamed);
    const { CiphertextBlob } = await server.kms.encrypt({ ...withKey(key, algorithm), Plaintext });
    // As a symmetric ciphertext it is none at all.
    const call = server.kms.decrypt({ KeyId: key.id, CiphertextBlob });
    await expectRefusal(call, invalidCiphertext);
  });

  it.each(usable)('ReEncrypt to and from $keySpec $algorithm', async ({ kind, algorithm }) => {
    const rsa = await server.key(store, kind);
    const other = await server.key(store, symmetric);
    const EncryptionContext = { purpose: 'test' };
    const Plaintext = randomBytes(32);
    const first = await server.kms.encrypt({ KeyId: other.id, Plaintext, EncryptionContext });
    const toRsa = await server.kms.reEncrypt({
      CiphertextBlob: first.CiphertextBlob,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: rsa.id,
      DestinationEncryptionAlgorithm: algorithm,
    });
    expect(toRsa).toMatchObject({
      SourceKeyId: other.arn,
      KeyId: rsa.arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: algorithm,
    });
    expect(toRsa.DestinationKeyMaterialId).toBeUndefined();
    const back = await server.kms.reEncrypt({
      CiphertextBlob: toRsa.CiphertextBlob,
      SourceKeyId: rsa.id,
      SourceEncryptionAlgorithm: algorithm,
      DestinationKeyId: other.id,
      DestinationEncryptionContext: EncryptionContext,
    });
    expect(back.SourceKeyMaterialId).toBeUndefined();
    const { CiphertextBlob } = back;
    const opened = await server.kms.decrypt({ CiphertextBlob, EncryptionContext });
    expect(octets(opened.Plaintext)).toEqual(Plaintext);
  });

  it.each(usable)('ReEncrypt of too much to $keySpec $algorithm', async ({ kind, algorithm }) => {
    const rsa = await server.key(store, kind);
    const other = await server.key(store, symmetric);
    const max = maxPlaintext(kind.keySpec, algorithm);
    const { CiphertextBlob } = await server.kms.encrypt({
      KeyId: other.id,
      Plaintext: randomBytes(max + 1),
    });
    const call = server.kms.reEncrypt({
      CiphertextBlob,
      DestinationKeyId: rsa.id,
      DestinationEncryptionAlgorithm: algorithm,
    });
    await expectRefusal(call, tooLong(algorithm, kind.keySpec, max));
  });

  it.each(refused)('$keySpec $algorithm is beyond the token', async ({ kind, algorithm }) => {
    const key = await server.key(store, kind);
    const named = withKey(key, algorithm);
    const CiphertextBlob = await encryptOutside(
      await server.publicKey(key),
      algorithm,
      randomBytes(32),
    );
    await expectRefusal(server.kms.decrypt({ ...named, CiphertextBlob }), beyondToken(algorithm));
    // What could never be opened again is not sealed either.
    const call = server.kms.encrypt({ ...named, Plaintext: randomBytes(32) });
    await expectRefusal(call, beyondToken(algorithm));
  });
});
