import {
  constants,
  generateKeyPairSync,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOaep } from '../../src/token-host/host/oaep-decoding.js';
import { TokenError } from '../../src/token-host/protocol/token-error.js';

const key = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** What CKM_RSA_X_509 gives: the encoded message, by OpenSSL. */
function encoded(plaintext: Buffer, oaepHash: string): Buffer {
  const ciphertext = publicEncrypt({ key: key.publicKey, oaepHash }, plaintext);
  return privateDecrypt({ key: key.privateKey, padding: constants.RSA_NO_PADDING }, ciphertext);
}

describe.each([
  ['sha1', 214],
  ['sha256', 190],
] as const)('EME-OAEP decoding with %s', (hash, longest) => {
  it.each([0, 1, 100, longest])('opens what OpenSSL encoded: %i octets', (length) => {
    const plaintext = randomBytes(length);
    expect(decodeOaep(encoded(plaintext, hash), hash)).toEqual(plaintext);
  });

  it('opens a plaintext of zeros and ones, which look like padding', () => {
    for (const plaintext of [Buffer.alloc(20), Buffer.alloc(20, 1), Buffer.from([0, 1, 0, 1])]) {
      expect(decodeOaep(encoded(plaintext, hash), hash)).toEqual(plaintext);
    }
  });

  it('refuses one changed bit anywhere, with the same error', () => {
    const good = encoded(randomBytes(16), hash);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(7), (at, bit) => {
        const bad = Buffer.from(good);
        bad[at] = (bad[at] ?? 0) ^ (1 << bit);
        // A bit of the message or its mask alone is not OAEP's to notice.
        let opened: Buffer | undefined;
        try {
          opened = decodeOaep(bad, hash);
        } catch (error) {
          expect(error).toBeInstanceOf(TokenError);
          expect(error).toMatchObject({ code: 'CKR_ENCRYPTED_DATA_INVALID', action: 'caller' });
        }
        expect(opened?.length ?? 16).toBe(16);
        if (at < good.length - 16) expect(opened).toBeUndefined();
      }),
    );
  });

  it('refuses what is too short, and what has no separator', () => {
    expect(() => decodeOaep(Buffer.alloc(10), hash)).toThrow(TokenError);
    expect(() => decodeOaep(Buffer.alloc(256), hash)).toThrow(TokenError);
    expect(() => decodeOaep(randomBytes(256), hash)).toThrow(TokenError);
  });

  it('refuses another hash', () => {
    const other = hash === 'sha1' ? 'sha256' : 'sha1';
    expect(() => decodeOaep(encoded(randomBytes(8), other), hash)).toThrow(TokenError);
  });
});
