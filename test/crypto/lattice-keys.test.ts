import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEY_SPECS, type KeySpec, seedBytes, specRow } from '../../src/crypto/algorithms.js';
import { der, readDer } from '../../src/crypto/der.js';
import {
  latticePkcs8,
  latticePublicKey,
  latticeRow,
  latticeSpki,
  readLatticePkcs8,
} from '../../src/crypto/lattice-keys.js';
import { growPair } from '../../src/crypto/lattices.js';
import { fromBase64, openssl35 } from '../support/oracles/node-24.js';

const lattices = KEY_SPECS.filter((keySpec) => specRow(keySpec).lattice);
const rows = lattices.map((keySpec) => ({ keySpec }));

const [SEQUENCE, OCTETS, SEED, PUBLIC_KEY, ATTRIBUTES] = [0x30, 0x04, 0x80, 0x81, 0xa0];

/** What differs between the three forms: the octets inside the OCTET STRING. */
const FORMS = {
  seed: ({ seed }: Key) => der(SEED, seed),
  expanded: ({ expanded }: Key) => der(OCTETS, expanded),
  both: ({ seed, expanded }: Key) => der(SEQUENCE, der(OCTETS, seed), der(OCTETS, expanded)),
} as const;
type Form = keyof typeof FORMS;

interface Key {
  readonly seed: Buffer;
  readonly expanded: Buffer;
}

/** PKCS #8 by hand: the head of our own up to the key, and whatever is to follow it. */
function pkcs8Of(keySpec: KeySpec, key: Buffer, version = 0, after: Buffer = Buffer.alloc(0)) {
  const [, algorithm] = readDer(
    readDer(latticePkcs8(keySpec, Buffer.alloc(seedBytes(keySpec))))[0]?.contents ?? key,
  );
  return der(
    SEQUENCE,
    der(2, Buffer.from([version])),
    der(SEQUENCE, algorithm?.contents ?? key),
    der(OCTETS, key),
    after,
  );
}

const keyOf = (keySpec: KeySpec): Key => {
  const { seed, expanded } = latticeRow(keySpec);
  return { seed: randomBytes(seed), expanded: randomBytes(expanded) };
};

const cells = lattices.flatMap((keySpec) =>
  (Object.keys(FORMS) as Form[]).map((form) => ({ keySpec, form })),
);

describe('a PKCS #8', () => {
  it.each(rows)('of $keySpec is written around the seed', ({ keySpec }) => {
    const { seed } = keyOf(keySpec);
    const pkcs8 = latticePkcs8(keySpec, seed);
    expect(pkcs8).toHaveLength(22 + seed.length);
    expect(pkcs8).toEqual(pkcs8Of(keySpec, FORMS.seed({ seed, expanded: seed })));
    expect(readLatticePkcs8(keySpec, pkcs8)).toEqual({ seed });
    expect(() => latticePkcs8(keySpec, seed.subarray(1))).toThrow(`no seed of ${keySpec}`);
  });

  it.each(cells)('of $keySpec with $form is read', ({ keySpec, form }) => {
    const key = keyOf(keySpec);
    const expected = {
      ...(form !== 'expanded' && { seed: key.seed }),
      ...(form !== 'seed' && { expanded: key.expanded }),
    };
    const written = FORMS[form](key);
    expect(readLatticePkcs8(keySpec, pkcs8Of(keySpec, written))).toEqual(expected);
    const attributes = der(ATTRIBUTES, Buffer.from('3000', 'hex'));
    const publicKey = randomBytes(specRow(keySpec).bytes);
    const bits = der(PUBLIC_KEY, Buffer.from([0]), publicKey);
    const read = (version: number, after: Buffer) =>
      readLatticePkcs8(keySpec, pkcs8Of(keySpec, written, version, after));
    expect(read(0, attributes)).toEqual(expected);
    expect(read(1, bits)).toEqual({ ...expected, publicKey });
    expect(read(1, Buffer.concat([attributes, bits]))).toEqual({ ...expected, publicKey });
    for (const after of [
      der(0xa2, Buffer.alloc(1)),
      Buffer.concat([bits, attributes]),
      Buffer.concat([bits, bits]),
      der(PUBLIC_KEY, Buffer.from([1]), publicKey),
      der(PUBLIC_KEY, Buffer.from([0]), publicKey.subarray(1)),
    ]) {
      expect(() => read(1, after)).toThrow(Error);
    }
    // The public key came with version 1, and there is none behind it.
    expect(() => read(0, bits)).toThrow(Error);
    expect(() => read(2, Buffer.alloc(0))).toThrow(Error);
  });

  it.each(cells)('of $keySpec with $form is no other spec’s', ({ keySpec, form }) => {
    const pkcs8 = pkcs8Of(keySpec, FORMS[form](keyOf(keySpec)));
    for (const other of lattices.filter((one) => one !== keySpec)) {
      expect(() => readLatticePkcs8(other, pkcs8)).toThrow(`the private key is not of ${other}`);
    }
  });

  it.each(cells)('of $keySpec with $form needs both lengths right', ({ keySpec, form }) => {
    const { seed, expanded } = keyOf(keySpec);
    const longer = (octets: Buffer) => Buffer.concat([octets, Buffer.alloc(1)]);
    const wrong: Key[] = [
      ...(form === 'expanded' ? [] : [{ seed: seed.subarray(1), expanded }]),
      ...(form === 'expanded' ? [] : [{ seed: longer(seed), expanded }]),
      ...(form === 'seed' ? [] : [{ seed, expanded: expanded.subarray(1) }]),
      ...(form === 'seed' ? [] : [{ seed, expanded: longer(expanded) }]),
    ];
    for (const key of wrong) {
      expect(() => readLatticePkcs8(keySpec, pkcs8Of(keySpec, FORMS[form](key)))).toThrow(Error);
    }
    const twice = Buffer.concat([FORMS[form]({ seed, expanded }), der(SEED, seed)]);
    expect(() => readLatticePkcs8(keySpec, pkcs8Of(keySpec, twice))).toThrow(Error);
  });

  it.each(cells)('of $keySpec with $form, cut or gone on, is none', ({ keySpec, form }) => {
    const pkcs8 = pkcs8Of(keySpec, FORMS[form](keyOf(keySpec)));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: pkcs8.length - 1 }), (length) => {
        expect(() => readLatticePkcs8(keySpec, pkcs8.subarray(0, length))).toThrow(Error);
      }),
      { numRuns: 50 },
    );
    const longer = Buffer.concat([pkcs8, Buffer.alloc(1)]);
    expect(() => readLatticePkcs8(keySpec, longer)).toThrow(Error);
  });

  it.each(cells)('of $keySpec with $form has one encoding', ({ keySpec, form }) => {
    const key = keyOf(keySpec);
    const pkcs8 = pkcs8Of(keySpec, FORMS[form](key));
    const own = readLatticePkcs8(keySpec, pkcs8);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: pkcs8.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (at, bits) => {
          const changed = Buffer.from(pkcs8);
          changed[at] = (changed[at] ?? 0) ^ bits;
          let read: ReturnType<typeof readLatticePkcs8>;
          try {
            read = readLatticePkcs8(keySpec, changed);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
            return;
          }
          // What is still read differs in the key, or is version 1: nothing of the frame is ignored.
          const sameKey = JSON.stringify(read) === JSON.stringify(own);
          expect(sameKey).toBe(at === versionAt(pkcs8) && changed[at] === 1);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is never read out of anything', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...lattices),
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc
            .array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 90 })), {
              maxLength: 5,
            })
            .map((parts) => der(SEQUENCE, ...parts.map(([tag, octets]) => der(tag, octets)))),
        ),
        (keySpec, octets) => {
          expect(() => readLatticePkcs8(keySpec, Buffer.from(octets))).toThrow(Error);
        },
      ),
    );
  });

  it("of OpenSSL 3.5 has both, and the key is the seed's", async () => {
    const tasks = lattices.map((keySpec) => ({
      ...{ do: 'pair' as const, type: keySpec.toLowerCase().replaceAll('_', '-') },
    }));
    const pairs = await openssl35(tasks);
    lattices.forEach((keySpec, index) => {
      const privateKey = fromBase64(pairs[index]?.privateKey);
      const { seed, expanded } = readLatticePkcs8(keySpec, privateKey);
      const grown = growPair(keySpec, seed ?? Buffer.alloc(0));
      expect(expanded).toEqual(Buffer.from(grown.secretKey));
      const spki = fromBase64(pairs[index]?.publicKey);
      expect(latticePublicKey(keySpec, spki)).toEqual(Buffer.from(grown.publicKey));
      expect(latticeSpki(keySpec, grown.publicKey)).toEqual(spki);
    });
  });
});

/** The place of the version's only octet: behind two heads. */
function versionAt(pkcs8: Buffer): number {
  const lengthOctets = (pkcs8[1] ?? 0) < 0x80 ? 1 : 1 + ((pkcs8[1] ?? 0) & 0x7f);
  return 1 + lengthOctets + 2;
}

describe('DER', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            tag: fc.integer({ min: 0, max: 255 }).filter((tag) => (tag & 0x1f) !== 0x1f),
            contents: fc
              .oneof(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(127, 128, 255, 256, 65535))
              .map((octets) =>
                Buffer.from(typeof octets === 'number' ? Buffer.alloc(octets) : octets),
              ),
          }),
          { maxLength: 4 },
        ),
        (elements) => {
          const written = elements.map(({ tag, contents }) => der(tag, contents));
          expect(readDer(Buffer.concat(written))).toEqual(elements);
        },
      ),
    );
  });

  it.each([
    ['a length that is longer than it must be', '04810100'],
    ['a length of two octets that fits one', '0482000100'],
    ['an indefinite length', '30800000'],
    ['a length of three octets', '0483000001'],
    ['a tag that goes on', '1f0100'],
    ['a tag alone', '04'],
    ['less than it says', '040200'],
    ['a cut length', '0482'],
  ])('is not %s', (_, octets) => {
    expect(() => readDer(Buffer.from(octets, 'hex'))).toThrow('the octets are no DER');
  });

  it('is written up to 65,535 octets', () => {
    expect(() => der(4, Buffer.alloc(65_536))).toThrow('no DER of 65536 octets');
  });
});
