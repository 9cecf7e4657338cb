/**
 * Where the running Node has ML-KEM and ML-DSA, node:crypto does them: the same octets for the same
 * seeds and ciphertexts as @noble, and the one takes what the other made. The two sides are this
 * process and a Node 24; if this is one already, @noble's forms are asked for by name.
 */
import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KeySpec } from '../../src/crypto/algorithms.js';
import { latticePkcs8, latticePublicKey, latticeSpki } from '../../src/crypto/lattice-keys.js';
import { growPair } from '../../src/crypto/lattices.js';
import { decapsulate, encapsulate } from '../../src/crypto/ml-kem.js';
import { expandedKey } from '../../src/crypto/open-keys.js';
import { checkSignature, makeSignature } from '../../src/crypto/signatures.js';
import { externalMu } from '../support/oracles/ml-dsa.js';
import { mlKemSpecs } from '../support/oracles/ml-kem.js';
import { base64, fromBase64, inNode24, openssl35 } from '../support/oracles/node-24.js';
import type { KemAnswer, SigningAnswer } from './lattices-in-node.js';

const common = { algorithm: 'ML_DSA_SHAKE_256' } as const;
const PROGRAM = 'test/crypto/lattices-in-node.ts';
const NATIVE = ['private', 'public'];

/** A pair of @noble's, whatever Node this is. */
function nobleKeys(keySpec: KeySpec, seed: Buffer) {
  const { publicKey } = growPair(keySpec, seed);
  return {
    spki: latticeSpki(keySpec, publicKey),
    key: expandedKey(keySpec, seed),
    publicKey: createSecretKey(publicKey),
  };
}

function flipped(octets: Buffer, at: number): Buffer {
  const copy = Buffer.from(octets);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

describe('ML-KEM by node:crypto', () => {
  it('is @noble’s, octet for octet', async () => {
    const cases = mlKemSpecs.map((keySpec) => {
      const seed = randomBytes(64);
      const keys = nobleKeys(keySpec, seed);
      const { ciphertext } = encapsulate({ keySpec, publicKey: keys.publicKey });
      const changed = [0, 300, ciphertext.length - 1].map((at) => flipped(ciphertext, at));
      const ciphertexts = [ciphertext, ...changed, Buffer.alloc(ciphertext.length)];
      return { keySpec, seed, keys, ciphertexts };
    });
    const asked = cases.map(({ keySpec, seed, ciphertexts }) => ({
      ...{ keySpec, seed: base64(seed), ciphertexts: ciphertexts.map(base64) },
    }));
    const answers = (await inNode24(PROGRAM, asked)) as KemAnswer[];
    cases.forEach(({ keySpec, keys: { key, spki }, ciphertexts }, index) => {
      const { types, publicKey, secrets, encapsulated } = answers[index] as KemAnswer;
      expect(types).toEqual(NATIVE);
      expect(publicKey).toBe(base64(spki));
      const ours = ciphertexts.map((ciphertext) => decapsulate({ keySpec, key, ciphertext }));
      expect(secrets).toEqual(ours.map(base64));
      const ciphertext = fromBase64(encapsulated.ciphertext);
      expect(base64(decapsulate({ keySpec, key, ciphertext }))).toBe(encapsulated.secret);
    });
  });

  it('is what OpenSSL 3.5 makes of the same keys, both ways', async () => {
    const cases = mlKemSpecs.map((keySpec) => {
      const seed = randomBytes(64);
      const keys = nobleKeys(keySpec, seed);
      return { keySpec, seed, keys, made: encapsulate({ keySpec, publicKey: keys.publicKey }) };
    });
    const answers = await openssl35(
      cases.flatMap(({ keySpec, seed, keys, made }) => {
        const privateKey = base64(latticePkcs8(keySpec, seed));
        return [
          { do: 'public key', privateKey },
          { do: 'encapsulate', publicKey: base64(keys.spki) },
          { do: 'decapsulate', privateKey, ciphertext: base64(made.ciphertext) },
        ] as const;
      }),
    );
    cases.forEach(({ keySpec, keys, made }, index) => {
      const [theirs, encapsulated, opened] = answers.slice(3 * index);
      expect(theirs?.publicKey).toBe(base64(keys.spki));
      const ciphertext = fromBase64(encapsulated?.ciphertext);
      const secret = decapsulate({ keySpec, key: keys.key, ciphertext });
      expect(base64(secret)).toBe(encapsulated?.secret);
      expect(opened?.secret).toBe(base64(made.secret));
    });
  });
});

describe('ML-DSA by node:crypto', () => {
  it('is @noble’s: equal keys, and each verifies the other’s signatures', async () => {
    const specs = ['ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'] as const;
    const cases = specs.map((keySpec) => {
      const seed = randomBytes(32);
      const keys = nobleKeys(keySpec, seed);
      const message = randomBytes(100);
      const mu = externalMu(latticePublicKey(keySpec, keys.spki), message);
      const tasks = [
        { ...common, keySpec, messageType: 'RAW', message },
        { ...common, keySpec, messageType: 'EXTERNAL_MU', message: mu },
      ] as const;
      const made = tasks.map((task) => makeSignature({ ...task, key: keys.key }));
      const messages = tasks.flatMap((task, index) => {
        const signature = made[index] ?? Buffer.alloc(0);
        return [signature, flipped(signature, 70)].map((octets) => ({
          ...{ messageType: task.messageType, message: base64(task.message) },
          signature: base64(octets),
        }));
      });
      return { keySpec, seed, keys, tasks, messages };
    });
    const asked = cases.map(({ keySpec, seed, messages }) => ({
      ...{ keySpec, seed: base64(seed), messages },
    }));
    const answers = (await inNode24(PROGRAM, asked)) as SigningAnswer[];
    cases.forEach(({ keys, tasks }, index) => {
      const { types, publicKey, signatures, verdicts } = answers[index] as SigningAnswer;
      expect(types).toEqual(NATIVE);
      expect(publicKey).toBe(base64(keys.spki));
      expect(verdicts).toEqual([true, false, true, false]);
      signatures.forEach((signature, at) => {
        const task = tasks[at >> 1];
        if (!task) throw new Error('a signature too many');
        const check = { ...task, publicKey: keys.publicKey, signature: fromBase64(signature) };
        expect(checkSignature(check)).toBe(true);
      });
    });
  });
});
