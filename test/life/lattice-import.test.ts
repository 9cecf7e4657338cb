/** Imported material of ML-DSA and ML-KEM, which AWS doesn't take: with `import: extended`. */
import { randomBytes } from 'node:crypto';
import {
  CreateKeyCommand,
  DecapsulateCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  GetPublicKeyCommand,
  type KeySpec,
  type KMSClient,
  SignCommand,
  VerifyCommand,
} from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { latticePkcs8, latticeSpki } from '../../src/crypto/lattice-keys.js';
import { growPair } from '../../src/crypto/lattices.js';
import { FOR_EVER, importOrder } from '../support/import-material.js';
import { encapsulateWithLiboqs, rawMlKemKey } from '../support/oracles/ml-kem.js';
import { base64, fromBase64, openssl35 } from '../support/oracles/node-24.js';
import { Strongroom } from '../support/strongroom.js';

const SPECS = [
  { KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY', seed: 32, type: 'ml-dsa-44' },
  { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE', seed: 64, type: 'ml-kem-768' },
] as const;
type Spec = (typeof SPECS)[number];

let strongroom: Strongroom;
let client: KMSClient;
beforeAll(async () => {
  strongroom = await Strongroom.start({ yaml: { import: 'extended' } });
  client = await strongroom.client();
});
afterAll(() => strongroom?.dispose());

async function newKey({ KeySpec, KeyUsage }: Pick<Spec, 'KeySpec' | 'KeyUsage'>) {
  const { KeyMetadata } = await client.send(
    new CreateKeyCommand({ KeySpec, KeyUsage, Origin: 'EXTERNAL' }),
  );
  return KeyMetadata?.KeyId ?? '';
}

const stateOf = async (KeyId: string) =>
  (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState;
const importInto = async (KeyId: string, material: Buffer, WrappingAlgorithm?: string) =>
  client.send(
    await importOrder(client, KeyId, material, FOR_EVER, {
      ...(WrappingAlgorithm && { WrappingAlgorithm }),
    }),
  );

/** A pair of OpenSSL's: its private key has seed and expanded key. */
async function opensslPair(type: string) {
  const [pair] = await openssl35([{ do: 'pair', type }]);
  return { both: fromBase64(pair?.privateKey), spki: fromBase64(pair?.publicKey) };
}

async function expectInUse(KeyId: string, keySpec: KeySpec, spki: Buffer): Promise<void> {
  const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId }));
  expect(base64(PublicKey)).toBe(base64(spki));
  if (keySpec === 'ML_KEM_768') {
    const raw = rawMlKemKey(keySpec, spki);
    const { ciphertext, secret } = await encapsulateWithLiboqs(keySpec, raw);
    const { SharedSecret } = await client.send(
      new DecapsulateCommand({
        ...{ KeyId, EncapsulationAlgorithm: 'ML_KEM', SharedSecretCiphertextBlob: ciphertext },
      }),
    );
    expect(base64(SharedSecret)).toBe(base64(secret));
    return;
  }
  const Message = randomBytes(50);
  const terms = { KeyId, Message, SigningAlgorithm: 'ML_DSA_SHAKE_256' } as const;
  const { Signature } = await client.send(new SignCommand(terms));
  const [verdict] = await openssl35([
    {
      ...{ do: 'verify', publicKey: base64(spki), message: base64(Message) },
      signature: base64(Signature),
    },
  ]);
  expect(verdict?.valid).toBe(true);
  await client.send(new VerifyCommand({ ...terms, Signature }));
}

describe.each(SPECS)('material of $KeySpec', (spec) => {
  it('arrives with both forms of the key, and again as a seed', async () => {
    const KeyId = await newKey(spec);
    expect(await stateOf(KeyId)).toBe('PendingImport');
    const { both, spki } = await opensslPair(spec.type);
    await importInto(KeyId, both, 'RSA_AES_KEY_WRAP_SHA_256');
    expect(await stateOf(KeyId)).toBe('Enabled');
    await expectInUse(KeyId, spec.KeySpec, spki);
    await client.send(new DeleteImportedKeyMaterialCommand({ KeyId }));
    expect(await stateOf(KeyId)).toBe('PendingImport');
    const other = latticePkcs8(spec.KeySpec, randomBytes(spec.seed));
    await expect(importInto(KeyId, other)).rejects.toMatchObject({
      name: 'IncorrectKeyMaterialException',
    });
    const at = both.indexOf(Buffer.from([0x04, spec.seed])) + 2;
    await importInto(KeyId, latticePkcs8(spec.KeySpec, both.subarray(at, at + spec.seed)));
    expect(await stateOf(KeyId)).toBe('Enabled');
    await expectInUse(KeyId, spec.KeySpec, spki);
  });

  it('is refused where its forms don’t agree, without a seed, and of another spec', async () => {
    const KeyId = await newKey(spec);
    const { both } = await opensslPair(spec.type);
    const disagreeing = Buffer.from(both);
    disagreeing[both.length - 1] = (disagreeing[both.length - 1] ?? 0) ^ 1;
    const seed = randomBytes(spec.seed);
    const { secretKey } = growPair(spec.KeySpec, seed);
    const inSeedForm = latticePkcs8(spec.KeySpec, seed);
    // The head up to the algorithm, around an OCTET STRING in an OCTET STRING.
    const expanded = (() => {
      const length = (octets: number) => Buffer.from([0x82, octets >> 8, octets & 0xff]);
      const inner = Buffer.concat([Buffer.from([4]), length(secretKey.length), secretKey]);
      const key = Buffer.concat([Buffer.from([4]), length(inner.length), inner]);
      const head = inSeedForm.subarray(2, 18);
      const contents = Buffer.concat([head, key]);
      return Buffer.concat([Buffer.from([0x30]), length(contents.length), contents]);
    })();
    const elsewhere = spec.KeySpec === 'ML_DSA_44' ? 'ML_DSA_65' : 'ML_KEM_512';
    for (const wrong of [
      disagreeing,
      expanded,
      latticePkcs8(elsewhere, seed),
      Buffer.concat([inSeedForm, Buffer.alloc(1)]),
      latticeSpki(spec.KeySpec, growPair(spec.KeySpec, seed).publicKey),
      seed,
    ]) {
      await expect(importInto(KeyId, wrong, 'RSA_AES_KEY_WRAP_SHA_256')).rejects.toMatchObject({
        name: 'InvalidCiphertextException',
      });
    }
    expect(await stateOf(KeyId)).toBe('PendingImport');
  });
});
