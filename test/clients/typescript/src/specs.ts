/** A key of every spec and usage: what the server makes is verified here, and the reverse. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { DataKeyPairSpec, type GetPublicKeyCommandOutput } from '@aws-sdk/client-kms';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { shake256 } from '@noble/hashes/sha3.js';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { ml_kem512, ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js';
import { type Kind, known, stage, testCase } from './cases.js';
import { kms } from './operations.js';

const MESSAGE = Buffer.from('signed there, verified here');
const ML_DSA: Readonly<Record<string, typeof ml_dsa44>> = {
  ML_DSA_44: ml_dsa44,
  ML_DSA_65: ml_dsa65,
  ML_DSA_87: ml_dsa87,
};
const ML_KEM: Readonly<Record<string, typeof ml_kem768>> = {
  ML_KEM_512: ml_kem512,
  ML_KEM_768: ml_kem768,
  ML_KEM_1024: ml_kem1024,
};

const USAGES: Readonly<Record<string, (kind: Kind) => Promise<void>>> = {
  ENCRYPT_DECRYPT: encryption,
  SIGN_VERIFY: signing,
  GENERATE_VERIFY_MAC: macs,
  KEY_AGREEMENT: agreement,
  ENCAPSULATE_DECAPSULATE: encapsulation,
};

export async function specs(): Promise<void> {
  for (const kind of stage.kinds) {
    await testCase(`${kind.keySpec} ${kind.keyUsage}`, async () => {
      await known(USAGES[kind.keyUsage], `a test of ${kind.keyUsage}`)(kind);
      return undefined;
    });
  }
  await testCase('data key pairs', dataKeyPairs);
}

async function spkiOf(kind: Kind): Promise<Buffer> {
  const answer: GetPublicKeyCommandOutput = await kms.getPublicKey({ KeyId: kind.arn });
  equal(answer.KeySpec, kind.keySpec);
  return Buffer.from(known(answer.PublicKey));
}

const keyObject = (spki: Buffer): KeyObject =>
  createPublicKey({ key: spki, format: 'der', type: 'spki' });

async function encryption({ arn, algorithms, ...kind }: Kind): Promise<void> {
  for (const algorithm of algorithms) {
    const order = { KeyId: arn, EncryptionAlgorithm: algorithm as 'SYMMETRIC_DEFAULT' };
    const sealed = await kms.encrypt({ ...order, Plaintext: MESSAGE });
    const blobs = [known(sealed.CiphertextBlob)];
    if (algorithm.startsWith('RSAES')) {
      const key = keyObject(await spkiOf({ arn, algorithms, ...kind }));
      const oaepHash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256';
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      blobs.push(publicEncrypt({ key, padding, oaepHash }, MESSAGE));
    }
    for (const CiphertextBlob of blobs) {
      const { Plaintext } = await kms.decrypt({ ...order, CiphertextBlob });
      deepEqual(Buffer.from(known(Plaintext)), MESSAGE);
    }
  }
}

async function signing(kind: Kind): Promise<void> {
  const spki = await spkiOf(kind);
  for (const algorithm of kind.algorithms) {
    const order = { KeyId: kind.arn, SigningAlgorithm: algorithm as 'ECDSA_SHA_256' };
    for (const message of messagesOf(algorithm, spki, kind)) {
      const Signature = known((await kms.sign({ ...order, ...message })).Signature);
      ok(verifies(algorithm, kind, spki, Signature), `${algorithm} verifies`);
      await kms.verify({ ...order, ...message, Signature });
      const changed = Buffer.from(Signature);
      changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
      await rejects(kms.verify({ ...order, ...message, Signature: changed }), {
        name: 'KMSInvalidSignatureException',
      });
    }
  }
}

type Message = {
  readonly Message: Uint8Array;
  readonly MessageType: 'RAW' | 'DIGEST' | 'EXTERNAL_MU';
};

/** The same message in each form that the algorithm takes. */
function messagesOf(algorithm: string, spki: Buffer, kind: Kind): Message[] {
  const raw = { Message: MESSAGE, MessageType: 'RAW' } as const;
  if (algorithm === 'ED25519_SHA_512') return [raw];
  if (algorithm === 'ML_DSA_SHAKE_256') {
    return [raw, { Message: externalMu(rawKey(spki, kind)), MessageType: 'EXTERNAL_MU' }];
  }
  const digest = createHash(hashOf(algorithm)).update(MESSAGE).digest();
  const digested = { Message: digest, MessageType: 'DIGEST' } as const;
  return algorithm === 'ED25519_PH_SHA_512' ? [digested] : [raw, digested];
}

const hashOf = (algorithm: string): string => `sha${algorithm.slice(-3)}`;

/** FIPS 204: SHAKE256(SHAKE256(pk, 64) ‖ 0 ‖ 0 ‖ message, 64). */
function externalMu(publicKey: Uint8Array): Uint8Array {
  const tr = shake256(publicKey, { dkLen: 64 });
  return shake256(Buffer.concat([tr, Buffer.alloc(2), MESSAGE]), { dkLen: 64 });
}

/** The key at the end of a SubjectPublicKeyInfo that the running Node may not read. */
function rawKey(spki: Buffer, { keySpec }: Kind): Uint8Array {
  const lattice = ML_DSA[keySpec] ?? known(ML_KEM[keySpec], keySpec);
  return spki.subarray(-known(lattice.lengths.publicKey));
}

function verifies(algorithm: string, kind: Kind, spki: Buffer, signature: Uint8Array): boolean {
  if (algorithm === 'ML_DSA_SHAKE_256') {
    return known(ML_DSA[kind.keySpec]).verify(signature, MESSAGE, rawKey(spki, kind));
  }
  if (algorithm === 'ED25519_PH_SHA_512') {
    // KMS hashes the digest, which is its message, once more.
    const digest = createHash('sha512').update(MESSAGE).digest();
    return ed25519ph.verify(signature, digest, spki.subarray(-32));
  }
  const key = keyObject(spki);
  if (algorithm === 'ED25519_SHA_512') return verify(null, MESSAGE, key, signature);
  const pss = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
  const padding = algorithm.startsWith('RSASSA_PSS') ? pss : {};
  return verify(hashOf(algorithm), MESSAGE, { key, ...padding }, signature);
}

async function macs({ arn, algorithms }: Kind): Promise<void> {
  for (const algorithm of algorithms) {
    const order = { KeyId: arn, MacAlgorithm: algorithm as 'HMAC_SHA_256', Message: MESSAGE };
    const Mac = known((await kms.generateMac(order)).Mac);
    equal(`${Mac.length * 8}`, algorithm.slice(-3));
    await kms.verifyMac({ ...order, Mac });
    const nought = new Uint8Array(Mac.length);
    await rejects(kms.verifyMac({ ...order, Mac: nought }), { name: 'KMSInvalidMacException' });
  }
}

async function agreement(kind: Kind): Promise<void> {
  const publicKey = keyObject(await spkiOf(kind));
  const namedCurve = known(publicKey.asymmetricKeyDetails?.namedCurve);
  const mine = generateKeyPairSync('ec', { namedCurve });
  const { SharedSecret } = await kms.deriveSharedSecret({
    KeyId: kind.arn,
    KeyAgreementAlgorithm: 'ECDH',
    PublicKey: mine.publicKey.export({ format: 'der', type: 'spki' }),
  });
  const here = diffieHellman({ privateKey: mine.privateKey, publicKey });
  deepEqual(Buffer.from(known(SharedSecret)), here);
}

async function encapsulation(kind: Kind): Promise<void> {
  const order = { KeyId: kind.arn, EncapsulationAlgorithm: 'ML_KEM' } as const;
  const opened = async (SharedSecretCiphertextBlob: Uint8Array) =>
    Buffer.from(
      known((await kms.decapsulate({ ...order, SharedSecretCiphertextBlob })).SharedSecret),
    );
  const made = await kms.encapsulate(order);
  const secret = Buffer.from(known(made.SharedSecret));
  deepEqual(await opened(known(made.SharedSecretCiphertextBlob)), secret);
  const lattice = known(ML_KEM[kind.keySpec]);
  const { cipherText, sharedSecret } = lattice.encapsulate(rawKey(await spkiOf(kind), kind));
  deepEqual(await opened(cipherText), Buffer.from(sharedSecret));
}

async function dataKeyPairs(): Promise<undefined> {
  for (const KeyPairSpec of Object.values(DataKeyPairSpec)) {
    if (KeyPairSpec === 'SM2') continue; // China Regions only
    const pair = await kms.generateDataKeyPair({
      KeyId: stage.exchangeKeys.symmetric,
      KeyPairSpec,
    });
    const { Plaintext } = await kms.decrypt({ CiphertextBlob: pair.PrivateKeyCiphertextBlob });
    const [pkcs8, spki] = [pair.PrivateKeyPlaintext, pair.PublicKey].map((octets) =>
      Buffer.from(known(octets)),
    ) as [Buffer, Buffer];
    deepEqual(Buffer.from(known(Plaintext)), pkcs8);
    const lattice = ML_KEM[KeyPairSpec];
    if (lattice) {
      // In seed form: the last 64 octets are the seed.
      const { publicKey } = lattice.keygen(pkcs8.subarray(-64));
      deepEqual(spki.subarray(-publicKey.length), Buffer.from(publicKey));
      continue;
    }
    const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
    deepEqual(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }), spki);
  }
  return undefined;
}
