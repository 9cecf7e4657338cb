import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  encapsulateWithLiboqs,
  mlKemSizes,
  mlKemSpecs,
  rawMlKemKey,
} from '../support/oracles/ml-kem.js';
import { base64, fromBase64, openssl35 } from '../support/oracles/node-24.js';
import { kmsServer, octets } from './kms-server.js';
import { expectRefusal, invalidCiphertext, violation, wrongUsage } from './refusals.js';

const server = kmsServer();
const ML_KEM = { EncapsulationAlgorithm: 'ML_KEM' } as const;
const symmetric = { keySpec: 'SYMMETRIC_DEFAULT', keyUsage: 'ENCRYPT_DECRYPT' } as const;
const kinds = mlKemSpecs.map((keySpec) => ({
  ...{ keySpec, keyUsage: 'ENCAPSULATE_DECAPSULATE' as const },
  bytes: mlKemSizes[keySpec].ciphertext,
}));

const encapsulate = ({ id: KeyId }: { readonly id: string }) =>
  server.kms.encapsulate({ KeyId, ...ML_KEM });
const decapsulate = ({ id: KeyId }: { readonly id: string }, SharedSecretCiphertextBlob: Buffer) =>
  server.kms.decapsulate({ KeyId, SharedSecretCiphertextBlob, ...ML_KEM });

function flipped(blob: Buffer, at: number): Buffer {
  const copy = Buffer.from(blob);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

describe.each(kinds)('$keySpec', (kind) => {
  const { keySpec, bytes } = kind;
  const sharedKey = () => server.key('software', kind);

  it('decapsulates what it encapsulated', async () => {
    const key = await sharedKey();
    const { $metadata, ...made } = await encapsulate(key);
    expect(made).toEqual({
      ...{ KeyId: key.arn, ...ML_KEM },
      SharedSecret: expect.any(Uint8Array),
      SharedSecretCiphertextBlob: expect.any(Uint8Array),
    });
    expect(made.SharedSecret).toHaveLength(32);
    expect(made.SharedSecretCiphertextBlob).toHaveLength(bytes);
    const { $metadata: _, ...opened } = await decapsulate(
      key,
      octets(made.SharedSecretCiphertextBlob),
    );
    expect(opened).toEqual({ KeyId: key.arn, ...ML_KEM, SharedSecret: made.SharedSecret });
    const again = await encapsulate(key);
    expect(again.SharedSecret).not.toEqual(made.SharedSecret);
  });

  it('decapsulates what liboqs and OpenSSL 3.5 encapsulated with its public key', async () => {
    const key = await sharedKey();
    const spki = await server.publicKey(key);
    const ours = await encapsulateWithLiboqs(keySpec, rawMlKemKey(keySpec, spki));
    const opened = await decapsulate(key, ours.ciphertext);
    expect(octets(opened.SharedSecret)).toEqual(ours.secret);
    const [theirs] = await openssl35([{ do: 'encapsulate', publicKey: base64(spki) }]);
    const answer = await decapsulate(key, fromBase64(theirs?.ciphertext));
    expect(base64(answer.SharedSecret)).toBe(theirs?.secret);
  });

  it('answers 32 octets for whatever has the right length', async () => {
    const key = await sharedKey();
    const { SharedSecret, SharedSecretCiphertextBlob } = await encapsulate(key);
    const blob = octets(SharedSecretCiphertextBlob);
    const other = await server.newKey('software', kind);
    const foreign = octets((await encapsulate(other)).SharedSecretCiphertextBlob);
    const wrong = [
      ...[0, bytes >> 1, bytes - 1].map((at) => flipped(blob, at)),
      ...[foreign, randomBytes(bytes), Buffer.alloc(bytes), Buffer.alloc(bytes, 255)],
    ];
    const seen = new Set([base64(SharedSecret)]);
    for (const each of wrong) {
      const { SharedSecret: answer } = await decapsulate(key, each);
      expect(answer).toHaveLength(32);
      seen.add(base64(answer));
      expect((await decapsulate(key, each)).SharedSecret).toEqual(answer);
    }
    expect(seen.size).toBe(wrong.length + 1);
  });

  it('refuses every other length', async () => {
    const key = await sharedKey();
    const around = kinds.flatMap((one) => [one.bytes - 1, one.bytes, one.bytes + 1]);
    for (const length of [1, 32, ...around, 6144].filter((each) => each !== bytes)) {
      await expectRefusal(decapsulate(key, randomBytes(length)), invalidCiphertext);
    }
    for (const [length, bound] of [
      [0, 'greater than or equal to 1'],
      [6145, 'less than or equal to 6144'],
    ] as const) {
      await expectRefusal(
        decapsulate(key, Buffer.alloc(length)),
        violation(
          `Value at 'sharedSecretCiphertextBlob' failed to satisfy constraint: Member must have length ${bound}`,
        ),
      );
    }
  });

  it('asks for the algorithm, which is ML_KEM', async () => {
    const { id: KeyId } = await sharedKey();
    const blob = { SharedSecretCiphertextBlob: randomBytes(bytes) };
    const missing = violation(
      "Value null at 'encapsulationAlgorithm' failed to satisfy constraint: Member must not be null",
    );
    const unknown = violation(
      "Value 'RSAES_OAEP_SHA_256' at 'encapsulationAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [ML_KEM]",
    );
    for (const [EncapsulationAlgorithm, refusal] of [
      [undefined, missing],
      ['RSAES_OAEP_SHA_256', unknown],
    ] as const) {
      const members = { KeyId, EncapsulationAlgorithm } as never;
      await expectRefusal(server.kms.encapsulate(members), refusal);
      await expectRefusal(server.kms.decapsulate(Object.assign({ ...blob }, members)), refusal);
    }
  });

  it('makes a data key pair, whose private key is a seed for whoever decapsulates', async () => {
    const { id: KeyId, arn } = await server.key('software', symmetric);
    const EncryptionContext = { purpose: 'test' };
    const input = { KeyId, KeyPairSpec: keySpec, EncryptionContext };
    const made = await server.kms.generateDataKeyPair(input);
    expect(made).toMatchObject({ KeyId: arn, KeyPairSpec: keySpec });
    const privateKey = octets(made.PrivateKeyPlaintext);
    const publicKey = octets(made.PublicKey);
    // PrivateKeyInfo, and in its OCTET STRING [0] with the 64 octets of d ‖ z (RFC 9935 §6).
    expect(privateKey).toHaveLength(86);
    expect(privateKey.subarray(0, 22).toString('hex')).toBe(
      `3054020100300b060960864801650304040${mlKemSpecs.indexOf(keySpec) + 1}04428040`,
    );
    const { Plaintext } = await server.kms.decrypt({
      ...{ CiphertextBlob: made.PrivateKeyCiphertextBlob, EncryptionContext },
    });
    expect(octets(Plaintext)).toEqual(privateKey);
    const ours = await encapsulateWithLiboqs(keySpec, rawMlKemKey(keySpec, publicKey));
    const [theirs, opened] = await openssl35([
      { do: 'public key', privateKey: base64(privateKey) },
      {
        ...{ do: 'decapsulate', privateKey: base64(privateKey) },
        ciphertext: base64(ours.ciphertext),
      },
    ]);
    expect(theirs?.publicKey).toBe(base64(publicKey));
    expect(opened?.secret).toBe(base64(ours.secret));

    const hidden = await server.kms.generateDataKeyPairWithoutPlaintext(input);
    expect(hidden).not.toHaveProperty('PrivateKeyPlaintext');
    expect(hidden.PublicKey).not.toEqual(made.PublicKey);
    const { Plaintext: other } = await server.kms.decrypt({
      ...{ CiphertextBlob: hidden.PrivateKeyCiphertextBlob, EncryptionContext },
    });
    const [grown] = await openssl35([{ do: 'public key', privateKey: base64(other) }]);
    expect(grown?.publicKey).toBe(base64(hidden.PublicKey));
  });

  it('is refused by whatever is for other keys', async () => {
    const { id: KeyId, arn } = await sharedKey();
    const usage = kind.keyUsage;
    const Plaintext = Buffer.from('x');
    await expectRefusal(
      server.kms.encrypt({ KeyId, Plaintext }),
      wrongUsage(arn, usage, 'Encrypt'),
    );
    await expectRefusal(
      server.kms.sign({ KeyId, Message: Plaintext, SigningAlgorithm: 'ML_DSA_SHAKE_256' }),
      wrongUsage(arn, usage, 'Sign'),
    );
    await expectRefusal(
      server.kms.generateDataKey({ KeyId, KeySpec: 'AES_256' }),
      wrongUsage(arn, usage, 'GenerateDataKey'),
    );
    await expectRefusal(
      server.kms.generateDataKeyPair({ KeyId, KeyPairSpec: keySpec }),
      wrongUsage(arn, usage, 'GenerateDataKeyPair'),
    );
    const PublicKey = await server.publicKey({ id: KeyId, arn });
    await expectRefusal(
      server.kms.deriveSharedSecret({ KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey }),
      wrongUsage(arn, usage, 'DeriveSharedSecret'),
    );
  });
});

it.each(['RSA_2048', 'ML_DSA_44', 'ECC_NIST_P256'] as const)(
  '%s keys that sign encapsulate nothing',
  async (keySpec) => {
    const kind = { keySpec, keyUsage: 'SIGN_VERIFY' } as const;
    const key = await server.key('software', kind);
    const usage = (operation: string) => wrongUsage(key.arn, 'SIGN_VERIFY', operation);
    await expectRefusal(encapsulate(key), usage('Encapsulate'));
    await expectRefusal(decapsulate(key, randomBytes(768)), usage('Decapsulate'));
  },
);
