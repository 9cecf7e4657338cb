/** One use of every algorithm through the public API, judged by implementations outside of the server. */
import {
  constants,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import {
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  type KMSClient,
  SignCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { expect } from 'vitest';
import {
  type KeySpec,
  type MacAlgorithm,
  type MessageType,
  type OaepAlgorithm,
  oaepHashes,
  type SigningAlgorithm,
  signingRow,
  specRow,
} from '../../../src/crypto/algorithms.js';
import { acceptsElsewhere } from '../oracles/signatures.js';

export interface UsedKey {
  readonly client: KMSClient;
  readonly KeyId: string;
  readonly keySpec: KeySpec;
}

type Use = (key: UsedKey) => Promise<void>;

const MESSAGE = Buffer.from('a message for a token');
const CONTEXT = { purpose: 'test of a token' };

/**
 * Uses the algorithm and judges what came of it. Rejects with the API's refusal, or what is wrong. ML-DSA
 * over μ is left out: no token can be asked for it.
 */
export function useOf(algorithm: string): Use {
  if (algorithm === 'SYMMETRIC_DEFAULT') return encrypts;
  if (algorithm === 'ECDH') return agrees;
  if (Object.hasOwn(oaepHashes, algorithm)) return opens(algorithm as OaepAlgorithm);
  if (algorithm.startsWith('HMAC_')) return makesMacs(algorithm as MacAlgorithm);
  return signs(algorithm as SigningAlgorithm);
}

async function publicKeyOf({ client, KeyId }: UsedKey): Promise<Buffer> {
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }));
  return Buffer.from(PublicKey ?? []);
}

const encrypts: Use = async ({ client, KeyId }) => {
  const encrypted = await client.send(
    new EncryptCommand({ KeyId, Plaintext: MESSAGE, EncryptionContext: CONTEXT }),
  );
  const CiphertextBlob = encrypted.CiphertextBlob ?? Buffer.alloc(0);
  const opened = await client.send(
    new DecryptCommand({ CiphertextBlob, EncryptionContext: CONTEXT }),
  );
  expect(Buffer.from(opened.Plaintext ?? [])).toEqual(MESSAGE);
  const changed = Buffer.from(CiphertextBlob);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  for (const wrong of [
    { CiphertextBlob },
    { CiphertextBlob: changed, EncryptionContext: CONTEXT },
  ]) {
    await expect(client.send(new DecryptCommand({ ...wrong, KeyId }))).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
  }
};

function opens(algorithm: OaepAlgorithm): Use {
  return async (key) => {
    const spki = createPublicKey({ key: await publicKeyOf(key), format: 'der', type: 'spki' });
    const { hash } = oaepHashes[algorithm];
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const CiphertextBlob = publicEncrypt({ key: spki, oaepHash: hash, padding }, MESSAGE);
    const { client, KeyId } = key;
    const { Plaintext } = await client.send(
      new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm: algorithm }),
    );
    expect(Buffer.from(Plaintext ?? [])).toEqual(MESSAGE);
  };
}

function signs(algorithm: SigningAlgorithm): Use {
  return async (key) => {
    const { client, KeyId, keySpec } = key;
    const publicKey = await publicKeyOf(key);
    for (const [name, length] of Object.entries(signingRow(algorithm).messages)) {
      const messageType = name as MessageType;
      if (messageType === 'EXTERNAL_MU') continue;
      const message = length === 'any' ? MESSAGE : randomBytes(length);
      const { Signature } = await client.send(
        new SignCommand({
          KeyId,
          Message: message,
          MessageType: messageType,
          SigningAlgorithm: algorithm,
        }),
      );
      const signed = { keySpec, algorithm, messageType, message };
      const signature = Buffer.from(Signature ?? []);
      expect(await acceptsElsewhere(signed, publicKey, signature)).toBe(true);
    }
  };
}

function makesMacs(MacAlgorithm: MacAlgorithm): Use {
  return async ({ client, KeyId, keySpec }) => {
    const mac = async (Message: Buffer) => {
      const made = await client.send(new GenerateMacCommand({ KeyId, Message, MacAlgorithm }));
      return Buffer.from(made.Mac ?? []);
    };
    const tag = await mac(MESSAGE);
    expect(tag).toHaveLength(specRow(keySpec).bytes);
    expect(await mac(MESSAGE)).toEqual(tag);
    expect(await mac(randomBytes(MESSAGE.length))).not.toEqual(tag);
    const verified = await client.send(
      new VerifyMacCommand({ KeyId, Message: MESSAGE, MacAlgorithm, Mac: tag }),
    );
    expect(verified.MacValid).toBe(true);
  };
}

const agrees: Use = async (key) => {
  const { client, KeyId, keySpec } = key;
  const peer = generateKeyPairSync('ec', { namedCurve: specRow(keySpec).curve ?? '' });
  const { SharedSecret } = await client.send(
    new DeriveSharedSecretCommand({
      KeyId,
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: peer.publicKey.export({ format: 'der', type: 'spki' }),
    }),
  );
  const publicKey = createPublicKey({ key: await publicKeyOf(key), format: 'der', type: 'spki' });
  const expected = diffieHellman({ privateKey: peer.privateKey, publicKey });
  expect(Buffer.from(SharedSecret ?? [])).toEqual(expected);
};
