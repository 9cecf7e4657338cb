import { constants, type KeyObject, randomBytes, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signingRow, specRow } from '../../src/crypto/algorithms.js';
import { latticeSpki } from '../../src/crypto/lattice-keys.js';
import { openPublicKey } from '../../src/crypto/open-keys.js';
import { checkSignature, makeSignature } from '../../src/crypto/signatures.js';
import { type SigningRow, signingRows } from '../support/key-kinds.js';
import { externalMu, signedByLiboqs } from '../support/oracles/ml-dsa.js';
import { acceptsElsewhere, signWithOpenssl } from '../support/oracles/signatures.js';
import { formOf, pairOf, pkcs8, spki } from './signing-pairs.js';

const keyTypeOf = ({ keySpec }: SigningRow) => specRow(keySpec).keyType;

describe("OpenSSL's keys", () => {
  const rows = signingRows.filter(
    (row) => keyTypeOf(row) !== 'ml-dsa' && signingRow(row.algorithm).scheme !== 'ed25519ph',
  );

  it.each(rows)('$keySpec $algorithm $messageType: its signature is right', async (row) => {
    const { privateKey, publicKey } = pairOf(row);
    const task = { ...row, message: formOf(row, randomBytes(100)) };
    const signature = await signWithOpenssl(task, pkcs8(privateKey));
    expect(checkSignature({ ...task, publicKey, signature })).toBe(true);
    const other = { ...task, message: formOf(row, randomBytes(100)) };
    expect(checkSignature({ ...other, publicKey, signature })).toBe(false);
  });

  it.each(rows)('$keySpec $algorithm $messageType: it takes ours', async (row) => {
    const { privateKey, publicKey } = pairOf(row);
    const task = { ...row, message: formOf(row, randomBytes(100)) };
    const signature = makeSignature({ ...task, key: privateKey });
    expect(await acceptsElsewhere(task, spki(publicKey), signature)).toBe(true);
  });
});

describe("liboqs's keys", () => {
  it.each(signingRows.filter((row) => keyTypeOf(row) === 'ml-dsa'))(
    '$keySpec $messageType: its signature is right',
    async (row) => {
      const message = randomBytes(100);
      const { publicKey: raw, signature } = await signedByLiboqs(row.keySpec, message);
      const publicKey = openPublicKey(row.keySpec, latticeSpki(row.keySpec, raw));
      const form = row.messageType === 'RAW' ? message : externalMu(raw, message);
      expect(checkSignature({ ...row, message: form, publicKey, signature })).toBe(true);
      const other = Buffer.from(form);
      other[0] = (other[0] ?? 0) ^ 1;
      expect(checkSignature({ ...row, message: other, publicKey, signature })).toBe(false);
    },
  );
});

describe('RSA signatures', () => {
  const rows = signingRows.filter((row) => row.keySpec === 'RSA_2048');

  /** Signs until the signature starts with a zero octet: about one of 256 does. */
  function withLeadingZero(row: SigningRow, privateKey: KeyObject) {
    const { hash = 'sha256', scheme } = signingRow(row.algorithm);
    const padding =
      scheme === 'pss' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
    for (;;) {
      const message = randomBytes(16);
      const options = { key: privateKey, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
      const signature = sign(hash, message, options);
      if (signature[0] === 0) return { message, signature };
    }
  }

  it.each(rows)('$algorithm $messageType must keep their leading zero', (row) => {
    const { privateKey, publicKey } = pairOf(row);
    const { message, signature } = withLeadingZero(row, privateKey);
    const task = { ...row, message: formOf(row, message), publicKey };
    expect(checkSignature({ ...task, signature })).toBe(true);
    expect(checkSignature({ ...task, signature: signature.subarray(1) })).toBe(false);
    const longer = Buffer.concat([Buffer.alloc(1), signature]);
    expect(checkSignature({ ...task, signature: longer })).toBe(false);
  });
});
