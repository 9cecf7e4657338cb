import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CiphertextKind } from '../../../../src/keystores/contract/cipher-parts.js';
import {
  encodeCiphertext,
  encodeHeader,
  MAX_OVERHEAD_BYTES,
  parseCiphertext,
} from '../../../../src/services/kms/cryptography/ciphertext.js';
import { KEY_ID, MATERIAL_ID } from '../../../support/sample-key.js';

const INVALID = { code: 'InvalidCiphertextException', hasMessage: false };
const NONCE_BYTES: Readonly<Record<CiphertextKind, number>> = { software: 16, token: 12 };

const hex = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((octets) => Buffer.from(octets).toString('hex'));
const octets = (minLength: number, maxLength = minLength) =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));

const whole = fc.constantFrom<CiphertextKind>('software', 'token').chain((kind) =>
  fc.record({
    kind: fc.constant(kind),
    keyId: fc.oneof(
      fc.uuid(),
      hex(16).map((id) => `mrk-${id}`),
    ),
    materialId: hex(32),
    nonce: octets(NONCE_BYTES[kind]),
    tag: octets(16),
    ciphertext: octets(1, 64),
  }),
);

type Whole = typeof whole extends fc.Arbitrary<infer T> ? T : never;
const encode = (made: Whole) => encodeCiphertext(encodeHeader(made), made);

function refused(blob: Buffer): void {
  expect(() => parseCiphertext(blob)).toThrow(expect.objectContaining(INVALID));
}

describe('the format', () => {
  it.each([
    { kind: 'software', keyId: KEY_ID, start: `010100${KEY_ID.replaceAll('-', '')}${MATERIAL_ID}` },
    { kind: 'token', keyId: KEY_ID, start: `010200${KEY_ID.replaceAll('-', '')}${MATERIAL_ID}` },
    {
      kind: 'token',
      keyId: `mrk-${'ab'.repeat(16)}`,
      start: `010201${'ab'.repeat(16)}${MATERIAL_ID}`,
    },
  ] as const)('has a header of 55 octets: $kind, $keyId', ({ kind, keyId, start }) => {
    const header = encodeHeader({ kind, keyId, materialId: MATERIAL_ID });
    expect(header).toHaveLength(55);
    expect(header.toString('hex', 0, 51)).toBe(start);
  });

  it('keeps everything and needs no more room than it says', () => {
    fc.assert(
      fc.property(whole, (made) => {
        const blob = encode(made);
        expect(parseCiphertext(blob)).toStrictEqual({ ...made, header: blob.subarray(0, 55) });
        expect(blob.length - made.ciphertext.length).toBeLessThanOrEqual(MAX_OVERHEAD_BYTES);
      }),
    );
  });

  it('has room for the longest plaintext in the longest CiphertextBlob', () => {
    expect(4096 + MAX_OVERHEAD_BYTES).toBeLessThanOrEqual(6144);
  });
});

describe('a damaged blob', () => {
  it('with any bit of its header changed is refused', () => {
    const blob = encodeCiphertext(
      encodeHeader({ kind: 'software', keyId: KEY_ID, materialId: MATERIAL_ID }),
      { nonce: Buffer.alloc(16), tag: Buffer.alloc(16), ciphertext: Buffer.alloc(1) },
    );
    for (let bit = 0; bit < 55 * 8; bit += 1) {
      const changed = Buffer.from(blob);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      refused(changed);
    }
  });

  it('cut before its ciphertext begins is refused', () => {
    fc.assert(
      fc.property(whole, (made) => {
        const blob = encode(made);
        const shortest = blob.length - made.ciphertext.length;
        for (let length = 0; length <= shortest; length += 1) refused(blob.subarray(0, length));
      }),
      { numRuns: 20 },
    );
  });

  it('is refused, whatever its octets', () => {
    fc.assert(fc.property(octets(0, 300), refused));
  });

  it.each([
    { name: 'a blob of AWS', blob: Buffer.from('AQICAHhQm4', 'base64') },
    { name: 'nothing', blob: Buffer.alloc(0) },
    { name: 'zeros', blob: Buffer.alloc(6144) },
    { name: 'ones', blob: Buffer.alloc(6144, 1) },
  ])('is refused: $name', ({ blob }) => refused(blob));
});
