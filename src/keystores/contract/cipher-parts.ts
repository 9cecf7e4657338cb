/** Which ciphertexts a kind of store makes and reads. */
export type CiphertextKind = 'software' | 'token';

/** What the cipher itself made. `nonce` is the derivation nonce (16) or the IV (12). */
export interface CipherParts {
  readonly nonce: Buffer;
  readonly tag: Buffer;
  readonly ciphertext: Buffer;
}
