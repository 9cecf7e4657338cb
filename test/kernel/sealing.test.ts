import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accessKeyLocation,
  encodeSealed,
  keyStorePasswordLocation,
  locationAad,
  materialLocation,
  parseSealed,
  SealError,
  type SealedLocation,
} from '../../src/kernel/sealing.js';
import { MemorySealer } from '../support/memory-sealer.js';
import { sampleAddress } from '../support/sample-key.js';

const A = sampleAddress('a');

const octets = (minLength: number, maxLength = minLength) =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));

describe('the format of a sealed value', () => {
  it('is version, IV, tag and ciphertext', () => {
    fc.assert(
      fc.property(octets(12), octets(16), octets(1, 100), (iv, tag, ciphertext) => {
        const sealed = encodeSealed({ iv, tag, ciphertext });
        expect(sealed).toStrictEqual(Buffer.concat([Buffer.from([1]), iv, tag, ciphertext]));
        expect(parseSealed(sealed)).toStrictEqual({ iv, tag, ciphertext });
      }),
    );
  });

  it.each([
    { name: 'nothing', sealed: Buffer.alloc(0) },
    { name: 'too short for a ciphertext', sealed: Buffer.alloc(29, 1) },
    { name: 'version 0', sealed: Buffer.alloc(64) },
    { name: 'version 2', sealed: Buffer.alloc(64, 2) },
  ])('is refused: $name', ({ sealed }) => {
    expect(() => parseSealed(sealed)).toThrow(SealError);
  });
});

describe('the place of a sealed value', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '\0', 'é'), maxLength: 3 });
  const place = fc.record({ table: text, row: text, column: text });

  it('has additional data that no other place has', () => {
    fc.assert(
      fc.property(place, place, (left, right) => {
        const same =
          left.table === right.table && left.row === right.row && left.column === right.column;
        expect(locationAad(left).equals(locationAad(right))).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, SealedLocation]>([
    ['another material', materialLocation({ ...A, materialId: 'b' })],
    ['another key', materialLocation({ ...A, keyId: 'b' })],
    ['another Region', materialLocation({ ...A, region: 'b' })],
    ['another table and column', accessKeyLocation('a')],
    ['another column', { ...materialLocation(A), column: 'sealed_check' }],
    ['another table', { ...materialLocation(A), table: 'tags' }],
    ['a store of the same name', keyStorePasswordLocation('a')],
  ])('is the only one where it opens: not in %s', async (_, elsewhere) => {
    const sealer = new MemorySealer();
    const sealed = await sealer.seal(Buffer.from('secret'), materialLocation(A));
    await expect(sealer.open(sealed, elsewhere)).rejects.toThrow(SealError);
    await expect(sealer.open(sealed, materialLocation(A))).resolves.toStrictEqual(
      Buffer.from('secret'),
    );
  });
});
