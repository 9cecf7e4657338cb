import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  makeAccessKeyId,
  makeSecretAccessKey,
} from '../../../../src/services/iam/credentials/access-key.js';

describe('an access key id', () => {
  it("has the form of AWS's", () => {
    expect(makeAccessKeyId(randomBytes)).toMatch(/^AKIA[A-Z2-7]{16}$/);
  });

  it.each([
    { bytes: '00000000000000000000', id: 'AKIAAAAAAAAAAAAAAAAA' },
    { bytes: 'ffffffffffffffffffff', id: 'AKIA7777777777777777' },
    // RFC 4648, 10: 'foobar' is MZXW6YTBOI; four zero bytes follow it.
    { bytes: '666f6f62617200000000', id: 'AKIAMZXW6YTBOIAAAAAA' },
  ])('is base32 of $bytes', ({ bytes, id }) => {
    expect(makeAccessKeyId(() => Buffer.from(bytes, 'hex'))).toBe(id);
  });
});

describe('a secret access key', () => {
  it("has the form of AWS's, and all of the randomness", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 30, maxLength: 30 }), (bytes) => {
        const secret = makeSecretAccessKey(() => Buffer.from(bytes));
        expect(secret).toMatch(/^[A-Za-z0-9+/]{40}$/);
        expect(Buffer.from(secret, 'base64')).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('leaves no copy of the random bytes behind', () => {
    const bytes = randomBytes(30);
    makeSecretAccessKey(() => bytes);
    expect(bytes).toEqual(Buffer.alloc(30));
  });
});

describe('a random source that answers short', () => {
  it.each([{ make: makeAccessKeyId }, { make: makeSecretAccessKey }])('is refused', ({ make }) => {
    expect(() => make((size) => Buffer.alloc(size - 1))).toThrow(RangeError);
  });
});
