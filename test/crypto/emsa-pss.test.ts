import {
  constants,
  createHash,
  generateKeyPairSync,
  privateEncrypt,
  publicDecrypt,
} from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodePss, verifyPss } from '../../src/crypto/emsa-pss.js';
import { acceptsElsewhere, signWithOpenssl } from '../support/oracles/signatures.js';

const HASHES = [
  { hash: 'sha256', algorithm: 'RSASSA_PSS_SHA_256' },
  { hash: 'sha384', algorithm: 'RSASSA_PSS_SHA_384' },
  { hash: 'sha512', algorithm: 'RSASSA_PSS_SHA_512' },
] as const;
const MODULUS_BYTES = 256;
const pair = generateKeyPairSync('rsa', {
  modulusLength: MODULUS_BYTES * 8,
  privateKeyEncoding: { format: 'der', type: 'pkcs8' },
  publicKeyEncoding: { format: 'der', type: 'spki' },
});
const RAW = { padding: constants.RSA_NO_PADDING, format: 'der' } as const;
const privateKey = { key: pair.privateKey, type: 'pkcs8', ...RAW } as const;
const publicKey = { key: pair.publicKey, type: 'spki', ...RAW } as const;

describe.each(HASHES)('EMSA-PSS with $hash', ({ hash, algorithm }) => {
  const digestOf = (message: Uint8Array) => createHash(hash).update(message).digest();
  const signed = (message: Buffer) => ({
    keySpec: 'RSA_2048' as const,
    algorithm,
    messageType: 'DIGEST' as const,
    message,
  });

  it('verifies what it encoded, for moduli of 2,048 to 4,096 bits', () => {
    const lengths = fc.constantFrom(256, 384, 512);
    fc.assert(
      fc.property(fc.uint8Array(), lengths, (message, length) => {
        const digest = digestOf(message);
        const encoded = encodePss(digest, hash, length);
        expect(encoded).toHaveLength(length);
        expect((encoded[0] ?? 0) & 0x80).toBe(0);
        expect(verifyPss(encoded, digest, hash)).toBe(true);
      }),
    );
  });

  it('refuses every flipped bit', () => {
    const digest = digestOf(Buffer.from('a message'));
    const encoded = encodePss(digest, hash, MODULUS_BYTES);
    for (let bit = 0; bit < encoded.length * 8; bit += 1) {
      const flipped = Buffer.from(encoded);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifyPss(flipped, digest, hash)).toBe(false);
    }
  });

  it('refuses other digests, any octets, and too few of them', () => {
    const digest = digestOf(Buffer.from('a message'));
    const encoded = encodePss(digest, hash, MODULUS_BYTES);
    expect(verifyPss(encoded, digestOf(Buffer.from('another')), hash)).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: MODULUS_BYTES }), (octets) => {
        expect(verifyPss(Buffer.from(octets), digest, hash)).toBe(false);
      }),
    );
  });

  it('salts: two encodings differ', () => {
    const digest = digestOf(Buffer.from('a message'));
    const encode = () => encodePss(digest, hash, MODULUS_BYTES).toString('hex');
    expect(encode()).not.toBe(encode());
  });

  it('makes signatures that OpenSSL takes, with a salt as long as the hash', async () => {
    const digest = digestOf(Buffer.from('a message'));
    const signature = privateEncrypt(privateKey, encodePss(digest, hash, MODULUS_BYTES));
    expect(await acceptsElsewhere(signed(digest), pair.publicKey, signature)).toBe(true);
  });

  it("takes OpenSSL's signatures", async () => {
    const digest = digestOf(Buffer.from('a message'));
    const signature = await signWithOpenssl(signed(digest), pair.privateKey);
    expect(verifyPss(publicDecrypt(publicKey, signature), digest, hash)).toBe(true);
  });
});
