import { createHash, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeKeyPair } from '../../src/crypto/key-pairs.js';
import { latticePublicKey, latticeSpki } from '../../src/crypto/lattice-keys.js';
import { growPair, mlKem } from '../../src/crypto/lattices.js';
import { decapsulate, encapsulate, encapsulationBytes } from '../../src/crypto/ml-kem.js';
import { isInNode } from '../../src/crypto/node-lattices.js';
import { expandedKey, openPrivateKey, openPublicKey } from '../../src/crypto/open-keys.js';
import {
  decapsulateWithLiboqs,
  encapsulateWithLiboqs,
  liboqsPair,
  type MlKemSpec,
  mlKemSizes,
  mlKemSpecs,
} from '../support/oracles/ml-kem.js';

interface Vectors {
  readonly decapsulation: readonly {
    readonly keySpec: MlKemSpec;
    readonly test: string;
    readonly seed: string;
    readonly publicKeySha256?: string;
    readonly ciphertext: string;
    readonly secret?: string;
  }[];
  readonly keyGeneration: readonly {
    readonly keySpec: MlKemSpec;
    readonly test: string;
    readonly seed: string;
    readonly publicKeySha256: string;
    readonly expandedSha256: string;
  }[];
}

interface AcvpVectors {
  readonly keyGeneration: readonly {
    readonly keySpec: MlKemSpec;
    readonly tcId: number;
    readonly d: string;
    readonly z: string;
    readonly publicKeyBegins: string;
    readonly publicKeyHash: string;
  }[];
}

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`./vectors/${file}`, import.meta.url), 'utf8'));
const vectors: Vectors = read('wycheproof-ml-kem.json');
const acvp: AcvpVectors = read('acvp-ml-kem.json');

const hex = (text: string) => Buffer.from(text, 'hex');
const sha256 = (octets: Uint8Array) => createHash('sha256').update(octets).digest('hex');
const specs = mlKemSpecs.map((keySpec) => ({ keySpec }));

/** How a private key may be open: as @noble needs it, and as the running Node has it. */
const FORMS: readonly { form: string; open: (keySpec: MlKemSpec, seed: Buffer) => KeyObject }[] = [
  { form: '@noble', open: expandedKey },
  ...(isInNode('ml-kem') ? [{ form: 'node:crypto', open: openPrivateKey }] : []),
];

/** What implicit rejection answers: J(z ‖ c) (FIPS 203, algorithm 18). */
function rejection(seed: Buffer, ciphertext: Buffer): Buffer {
  return createHash('shake256', { outputLength: 32 })
    .update(seed.subarray(32))
    .update(ciphertext)
    .digest();
}

function flipped(octets: Buffer, at: number): Buffer {
  const copy = Buffer.from(octets);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

describe('key generation', () => {
  it.each(acvp.keyGeneration)("NIST's $keySpec $tcId", ({ keySpec, d, z, ...published }) => {
    const seed = hex(d + z);
    const { publicKey, secretKey } = growPair(keySpec, seed);
    const expanded = Buffer.from(secretKey);
    expect(Buffer.from(publicKey).subarray(0, 32)).toEqual(hex(published.publicKeyBegins));
    expect(expanded.subarray(-64)).toEqual(hex(published.publicKeyHash + z));
    const hash = createHash('sha3-256').update(publicKey).digest();
    expect(hash).toEqual(hex(published.publicKeyHash));
    expect(makeKeyPair(keySpec, seed).publicKey).toEqual(latticeSpki(keySpec, publicKey));
  });

  it.each(vectors.keyGeneration)("Wycheproof's $keySpec $test", (row) => {
    const { publicKey, secretKey } = growPair(row.keySpec, hex(row.seed));
    expect(sha256(publicKey)).toBe(row.publicKeySha256);
    expect(sha256(secretKey)).toBe(row.expandedSha256);
    const pair = makeKeyPair(row.keySpec, hex(row.seed));
    expect(pair.privateKey).toEqual(hex(row.seed));
    expect(pair.publicKey).toEqual(latticeSpki(row.keySpec, publicKey));
  });
});

describe.each(FORMS)('decapsulation by $form', ({ open }) => {
  it.each(vectors.decapsulation)("Wycheproof's $keySpec $test", (row) => {
    const { keySpec, secret } = row;
    const task = { keySpec, key: open(keySpec, hex(row.seed)), ciphertext: hex(row.ciphertext) };
    if (row.publicKeySha256) {
      const { publicKey } = makeKeyPair(keySpec, hex(row.seed));
      expect(sha256(latticePublicKey(keySpec, publicKey))).toBe(row.publicKeySha256);
    }
    if (secret) expect(decapsulate(task).toString('hex')).toBe(secret);
    else expect(() => decapsulate(task)).toThrow(`no ciphertext of ${keySpec}`);
  });

  it.each(specs)('$keySpec opens what liboqs encapsulated', async ({ keySpec }) => {
    const seed = randomBytes(64);
    const { publicKey } = makeKeyPair(keySpec, seed);
    const raw = latticePublicKey(keySpec, publicKey);
    const { ciphertext, secret } = await encapsulateWithLiboqs(keySpec, raw);
    expect(decapsulate({ keySpec, key: open(keySpec, seed), ciphertext })).toEqual(secret);
  });

  it.each(specs)("$keySpec: liboqs opens what is encapsulated for liboqs's key", async (row) => {
    const { keySpec } = row;
    const { publicKey: raw, expanded } = await liboqsPair(keySpec);
    const publicKey = openPublicKey(keySpec, latticeSpki(keySpec, raw));
    const { ciphertext, secret } = encapsulate({ keySpec, publicKey });
    expect(await decapsulateWithLiboqs(keySpec, expanded, ciphertext)).toEqual(secret);
    const container = createSecretKey(raw);
    const other = encapsulate({ keySpec, publicKey: container });
    expect(await decapsulateWithLiboqs(keySpec, expanded, other.ciphertext)).toEqual(other.secret);
  });

  it.each(specs)('$keySpec rejects implicitly, whatever octet is changed', async ({ keySpec }) => {
    const seed = randomBytes(64);
    const key = open(keySpec, seed);
    const { publicKey: spki } = makeKeyPair(keySpec, seed);
    const publicKey = openPublicKey(keySpec, spki);
    const { ciphertext, secret } = encapsulate({ keySpec, publicKey });
    expect(decapsulate({ keySpec, key, ciphertext })).toEqual(secret);
    const last = ciphertext.length - 1;
    for (const at of [0, 1, last >> 1, last - 1, last]) {
      const changed = flipped(ciphertext, at);
      const answer = decapsulate({ keySpec, key, ciphertext: changed });
      expect(answer).toEqual(rejection(seed, changed));
      expect(answer).not.toEqual(secret);
    }
    const { secretKey } = growPair(keySpec, seed);
    for (const garbage of [Buffer.alloc(last + 1), Buffer.alloc(last + 1, 255)]) {
      const answer = decapsulate({ keySpec, key, ciphertext: garbage });
      expect(answer).toEqual(rejection(seed, garbage));
      expect(answer).toEqual(await decapsulateWithLiboqs(keySpec, secretKey, garbage));
      expect(answer).toEqual(Buffer.from(mlKem(keySpec).decapsulate(garbage, secretKey)));
    }
  });

  it.each(specs)('$keySpec: many random ciphertexts, whole and tampered with', ({ keySpec }) => {
    for (let round = 0; round < 20; round += 1) {
      const seed = randomBytes(64);
      const { publicKey, secretKey } = growPair(keySpec, seed);
      const { cipherText, sharedSecret } = mlKem(keySpec).encapsulate(publicKey);
      const ciphertext = Buffer.from(cipherText);
      const task = { keySpec, key: open(keySpec, seed), ciphertext };
      expect(decapsulate(task)).toEqual(Buffer.from(sharedSecret));
      const changed = flipped(ciphertext, (round * 97) % ciphertext.length);
      const expected = Buffer.from(mlKem(keySpec).decapsulate(changed, secretKey));
      expect(decapsulate({ ...task, ciphertext: changed })).toEqual(expected);
    }
  });

  it.each(specs)("$keySpec: another key's ciphertext is one like any other", ({ keySpec }) => {
    const [seed, other] = [randomBytes(64), randomBytes(64)];
    const publicKey = openPublicKey(keySpec, makeKeyPair(keySpec, other).publicKey);
    const { ciphertext, secret } = encapsulate({ keySpec, publicKey });
    const answer = decapsulate({ keySpec, key: open(keySpec, seed), ciphertext });
    expect(answer).toEqual(rejection(seed, ciphertext));
    expect(answer).not.toEqual(secret);
  });

  it.each(specs)('$keySpec takes one length only', ({ keySpec }) => {
    const key = open(keySpec, randomBytes(64));
    const right = mlKemSizes[keySpec].ciphertext;
    expect(encapsulationBytes(keySpec)).toBe(right);
    for (const length of [0, 1, right - 1, right + 1, 6144]) {
      const ciphertext = Buffer.alloc(length);
      expect(() => decapsulate({ keySpec, key, ciphertext })).toThrow(
        `no ciphertext of ${keySpec}`,
      );
    }
  });
});

describe('encapsulation', () => {
  it.each(specs)('$keySpec is another each time', ({ keySpec }) => {
    const { publicKey: spki } = makeKeyPair(keySpec, randomBytes(64));
    const publicKey = openPublicKey(keySpec, spki);
    const [one, other] = [encapsulate({ keySpec, publicKey }), encapsulate({ keySpec, publicKey })];
    expect(one.secret).toHaveLength(32);
    expect(one.ciphertext).toHaveLength(mlKemSizes[keySpec].ciphertext);
    expect(one.secret).not.toEqual(other.secret);
    expect(one.ciphertext).not.toEqual(other.ciphertext);
  });
});
