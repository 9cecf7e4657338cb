import { createPrivateKey, createPublicKey, type KeyObject, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkSignature, makeSignature } from '../../src/crypto/signatures.js';
import { type SigningRow, signingRows } from '../support/key-kinds.js';
import { acceptsEd25519ph } from '../support/oracles/ed25519ph.js';
import { pairOf, spki } from './signing-pairs.js';

describe('Ed25519 signatures', () => {
  const [pure, prehashed] = ['ED25519_SHA_512', 'ED25519_PH_SHA_512'].map((algorithm) =>
    signingRows.find((row) => row.algorithm === algorithm),
  ) as [SigningRow, SigningRow];

  // RFC 8032 §7.3, TEST abc.
  it('with a pre-hash: the published one', () => {
    const key = edwardsKey('833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42');
    const published = Buffer.from(
      '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
      'hex',
    );
    const message = Buffer.from('abc');
    const publicKey = createPublicKey(key);
    expect(acceptsEd25519ph(spki(publicKey), message, published)).toBe(true);
    expect(makeSignature({ ...prehashed, message, key })).toEqual(published);
    expect(checkSignature({ ...prehashed, message, publicKey, signature: published })).toBe(true);
    expect(checkSignature({ ...pure, message, publicKey, signature: published })).toBe(false);
  });

  // RFC 8032 §7.1, TEST 1: the empty message.
  it('pure: the published one', () => {
    const key = edwardsKey('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
    const published = Buffer.from(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
      'hex',
    );
    const task = { ...pure, message: Buffer.alloc(0) };
    expect(makeSignature({ ...task, key })).toEqual(published);
    const publicKey = createPublicKey(key);
    expect(checkSignature({ ...task, publicKey, signature: published })).toBe(true);
  });

  it.each([pure, prehashed])('$algorithm: s beyond the order is wrong', (row) => {
    const { privateKey: key, publicKey } = pairOf(row);
    const task = { ...row, message: randomBytes(64) };
    const signature = makeSignature({ ...task, key });
    expect(checkSignature({ ...task, publicKey, signature })).toBe(true);
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
    const octets = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
    const malleated = Buffer.concat([signature.subarray(0, 32), octets]);
    expect(checkSignature({ ...task, publicKey, signature: malleated })).toBe(false);
  });
});

/** A private key of 32 octets in PKCS #8 (RFC 8410 §7). */
function edwardsKey(seed: string): KeyObject {
  const head = '302e020100300506032b657004220420';
  return createPrivateKey({ key: Buffer.from(head + seed, 'hex'), format: 'der', type: 'pkcs8' });
}
