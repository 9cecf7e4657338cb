import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto';

/** Wraps as a client of AWS does, with node:crypto; OpenSSL's own wrapping is in import.test.ts. */
export function wrapMaterial(
  material: Uint8Array,
  publicKey: Uint8Array,
  algorithm: string,
): Buffer {
  const oaepHash = algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256';
  const key = { key: Buffer.from(publicKey), format: 'der', type: 'spki' } as const;
  const oaep = (octets: Uint8Array) =>
    publicEncrypt({ ...key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, octets);
  if (!algorithm.startsWith('RSA_AES')) return oaep(material);
  const aesKey = randomBytes(32);
  const cipher = createCipheriv('id-aes256-wrap-pad', aesKey, Buffer.from('a65959a6', 'hex'));
  return Buffer.concat([oaep(aesKey), cipher.update(material), cipher.final()]);
}
