/** ML-KEM by liboqs, the C implementation of Open Quantum Safe, compiled to WebAssembly. */

import { createMLKEM512, createMLKEM768, createMLKEM1024 } from '@oqs/liboqs-js';

/** Octets of a public key and of a ciphertext (FIPS 203, table 3). */
export const mlKemSizes = {
  ML_KEM_512: { create: createMLKEM512, publicKey: 800, ciphertext: 768 },
  ML_KEM_768: { create: createMLKEM768, publicKey: 1184, ciphertext: 1088 },
  ML_KEM_1024: { create: createMLKEM1024, publicKey: 1568, ciphertext: 1568 },
} as const;

export type MlKemSpec = keyof typeof mlKemSizes;
export const mlKemSpecs = Object.keys(mlKemSizes) as readonly MlKemSpec[];

/** The raw key: what follows the DER head of a SubjectPublicKeyInfo. */
export function rawMlKemKey(keySpec: MlKemSpec, spki: Buffer): Buffer {
  return spki.subarray(-mlKemSizes[keySpec].publicKey);
}

/** A pair of liboqs; the private key is in its expanded form. */
export async function liboqsPair(keySpec: MlKemSpec) {
  return withScheme(keySpec, (scheme) => {
    const { publicKey, secretKey } = scheme.generateKeyPair();
    return { publicKey: Buffer.from(publicKey), expanded: Buffer.from(secretKey) };
  });
}

/** @param rawPublicKey as FIPS 203 encodes it */
export async function encapsulateWithLiboqs(keySpec: MlKemSpec, rawPublicKey: Uint8Array) {
  return withScheme(keySpec, (scheme) => {
    const { ciphertext, sharedSecret } = scheme.encapsulate(plain(rawPublicKey));
    return { ciphertext: Buffer.from(ciphertext), secret: Buffer.from(sharedSecret) };
  });
}

/** @param expanded dk as FIPS 203 encodes it */
export async function decapsulateWithLiboqs(
  keySpec: MlKemSpec,
  expanded: Uint8Array,
  ciphertext: Uint8Array,
): Promise<Buffer> {
  return withScheme(keySpec, (scheme) =>
    Buffer.from(scheme.decapsulate(plain(ciphertext), plain(expanded))),
  );
}

type Scheme = Awaited<ReturnType<(typeof mlKemSizes)[MlKemSpec]['create']>>;

async function withScheme<Result>(keySpec: MlKemSpec, use: (scheme: Scheme) => Result) {
  const scheme = await mlKemSizes[keySpec].create();
  try {
    return use(scheme);
  } finally {
    scheme.destroy();
  }
}

/** liboqs takes no Buffers. */
const plain = (octets: Uint8Array) => Uint8Array.from(octets);
