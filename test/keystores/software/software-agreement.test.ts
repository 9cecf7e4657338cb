import { createPrivateKey, createPublicKey } from 'node:crypto';
import { expect, it } from 'vitest';
import { softwareStoreOf } from './known-material.js';

const LATER = Date.now() + 60_000;
const encode = (hex: string) => Buffer.from(hex, 'hex').toString('base64url');
const p256 = (x: string, y: string) => ({ kty: 'EC', crv: 'P-256', x: encode(x), y: encode(y) });

// NIST CAVP, SP 800-56A ECC CDH primitive, P-256, COUNT = 0.
it("ECDH gives NIST's answer", async () => {
  const mine = {
    ...p256(
      'ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230',
      '28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141',
    ),
    d: encode('7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534'),
  };
  const theirs = p256(
    '700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287',
    'db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac',
  );
  const pkcs8 = createPrivateKey({ key: mine, format: 'jwk' }).export({
    format: 'der',
    type: 'pkcs8',
  });
  const { store, material } = softwareStoreOf(pkcs8);
  const peer = createPublicKey({ key: theirs, format: 'jwk' });
  const secret = await store.agree(material, 'ECC_NIST_P256', peer, LATER);
  expect(secret.toString('hex')).toBe(
    '46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b',
  );
});
