import { createPublicKey, randomBytes, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signingRow, specRow } from '../../src/crypto/algorithms.js';
import { checkSignature, makeSignature } from '../../src/crypto/signatures.js';
import { signingRows } from '../support/key-kinds.js';
import { formOf, pairOf } from './signing-pairs.js';

describe('ECDSA signatures', () => {
  const rows = signingRows.filter((row) => specRow(row.keySpec).keyType === 'ec');

  /** DER of one non-negative INTEGER, and of a SEQUENCE of them. */
  const tlv = (tag: number, octets: Buffer) =>
    Buffer.concat([
      Buffer.from(octets.length < 128 ? [tag, octets.length] : [tag, 0x81, octets.length]),
      octets,
    ]);
  const integer = (value: bigint) => {
    const hex = value.toString(16);
    const octets = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
    return tlv(2, (octets[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), octets]) : octets);
  };
  const sequence = (...parts: readonly Buffer[]) => tlv(0x30, Buffer.concat(parts));

  /** r and s of a signature in r ‖ s form. */
  function halves(signature: Buffer): [bigint, bigint] {
    const half = signature.length / 2;
    const read = (octets: Buffer) => BigInt(`0x${octets.toString('hex')}`);
    return [read(signature.subarray(0, half)), read(signature.subarray(half))];
  }

  /** Orders of the curves (SEC 2 §2). */
  const ORDERS: Readonly<Record<string, bigint>> = {
    prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
    secp256k1: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n,
    secp384r1:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
    secp521r1:
      0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
  };

  it.each(rows)('$keySpec $messageType: malformed ones are wrong', (row) => {
    const { privateKey, publicKey } = pairOf(row);
    const { hash = 'sha256' } = signingRow(row.algorithm);
    const order = ORDERS[specRow(row.keySpec).curve ?? ''] ?? 0n;
    const message = randomBytes(100);
    const raw = sign(hash, message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const [r, s] = halves(raw);
    const task = { ...row, message: formOf(row, message), publicKey };
    const good = sequence(integer(r), integer(s));
    // The other solution of the same equation: KMS doesn't insist on the lower s.
    for (const signature of [good, sequence(integer(r), integer(order - s))]) {
      expect(checkSignature({ ...task, signature })).toBe(true);
    }
    const negative = (value: bigint) =>
      tlv(2, Buffer.from(value.toString(16).padStart(2, '0'), 'hex'));
    const padded = (value: bigint) =>
      tlv(2, Buffer.concat([Buffer.alloc(2), integer(value).subarray(2)]));
    const bad: Record<string, Buffer> = {
      'r ‖ s': raw,
      'nothing but a SEQUENCE': sequence(),
      'r only': sequence(integer(r)),
      'three INTEGERs': sequence(integer(r), integer(s), integer(s)),
      'r = 0': sequence(integer(0n), integer(s)),
      's = 0': sequence(integer(r), integer(0n)),
      'r = s = 0': sequence(integer(0n), integer(0n)),
      'r + n': sequence(integer(r + order), integer(s)),
      's + n': sequence(integer(r), integer(s + order)),
      'r = n': sequence(integer(order), integer(s)),
      's = n': sequence(integer(r), integer(order)),
      's and r': sequence(integer(s), integer(r)),
      'a negative r': sequence(negative(0x80n), integer(s)),
      'needless zeros': sequence(padded(r), integer(s)),
      'octets after the end': Buffer.concat([good, Buffer.alloc(1)]),
      'octets inside the end': sequence(integer(r), integer(s), Buffer.alloc(1)),
      'another tag': Buffer.concat([Buffer.from([0x31]), good.subarray(1)]),
      'indefinite length': Buffer.concat([
        Buffer.from([0x30, 0x80]),
        integer(r),
        integer(s),
        Buffer.alloc(2),
      ]),
      truncated: good.subarray(0, -1),
      'one octet': Buffer.alloc(1),
    };
    const taken = Object.entries(bad)
      .filter(([, signature]) => checkSignature({ ...task, signature }))
      .map(([what]) => what);
    expect(taken).toEqual([]);
  });

  it.each(rows)('$keySpec $messageType: two of the same message differ', (row) => {
    const { privateKey: key } = pairOf(row);
    const task = { ...row, message: formOf(row, randomBytes(100)), key };
    expect(makeSignature(task)).not.toEqual(makeSignature(task));
  });

  // RFC 6979 §A.2.5: P-256, SHA-256, message "sample".
  it('takes the published one', () => {
    const publicKey = createPublicKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: fromHex('60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6', 'base64url'),
        y: fromHex('7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299', 'base64url'),
      },
    });
    const r = 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716n;
    const s = 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8n;
    const signature = sequence(integer(r), integer(s));
    for (const row of rows.filter(({ keySpec }) => keySpec === 'ECC_NIST_P256')) {
      const message = formOf(row, Buffer.from('sample'));
      expect(checkSignature({ ...row, message, publicKey, signature })).toBe(true);
    }
  });
});

function fromHex(hex: string, encoding: BufferEncoding): string {
  return Buffer.from(hex, 'hex').toString(encoding);
}
