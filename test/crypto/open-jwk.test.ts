/** Public halves of ML-DSA keys as tokens give them, against liboqs. */
import { describe, expect, it } from 'vitest';
import { openPublicJwk, subjectPublicKeyInfo } from '../../src/crypto/open-jwk.js';
import { checkSignature } from '../../src/crypto/signatures.js';
import { acceptsMlDsa, mlDsaSizes, signedByLiboqs } from '../support/oracles/ml-dsa.js';

const message = Buffer.from('message');
const ROWS = [
  ['ML_DSA_44', 'ML-DSA-44'],
  ['ML_DSA_65', 'ML-DSA-65'],
  ['ML_DSA_87', 'ML-DSA-87'],
] as const;

describe.each(ROWS)('%s', (keySpec, alg) => {
  it('opens as the key that it is, and is told in SubjectPublicKeyInfo', async () => {
    const { publicKey, signature } = await signedByLiboqs(keySpec, message);
    const jwk = { kty: 'AKP', alg, pub: publicKey.toString('base64url') };
    const task = { keySpec, algorithm: 'ML_DSA_SHAKE_256', messageType: 'RAW', signature } as const;
    const opened = openPublicJwk(jwk);
    expect(checkSignature({ ...task, message, publicKey: opened })).toBe(true);
    expect(checkSignature({ ...task, message: Buffer.from('another'), publicKey: opened })).toBe(
      false,
    );
    expect(await acceptsMlDsa(keySpec, subjectPublicKeyInfo(jwk), message, signature)).toBe(true);
  });
});

it.each([
  ['too short', { alg: 'ML-DSA-44', pub: Buffer.alloc(mlDsaSizes.ML_DSA_44.publicKey - 1) }],
  ['of another parameter set', { alg: 'ML-DSA-65', pub: Buffer.alloc(1312) }],
  ['of no algorithm', { pub: Buffer.alloc(1312) }],
  ['of an algorithm that no key spec has', { alg: 'ML-DSA-99', pub: Buffer.alloc(1312) }],
])('a public key %s is none', (_what, { pub, ...rest }: { alg?: string; pub: Buffer }) => {
  const jwk = { kty: 'AKP', ...rest, pub: pub.toString('base64url') };
  expect(() => openPublicJwk(jwk)).toThrow();
  expect(() => subjectPublicKeyInfo(jwk)).toThrow();
});
