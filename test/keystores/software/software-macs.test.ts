import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type MacAlgorithm, macHashes } from '../../../src/crypto/algorithms.js';

import { rowsOf } from '../../support/key-kinds.js';
import { openssl } from '../../support/oracles/openssl.js';
import { softwareStoreOf } from './known-material.js';

const rows = rowsOf<MacAlgorithm>('GENERATE_VERIFY_MAC');
const LATER = Date.now() + 60_000;

function macUnder(key: Buffer, algorithm: MacAlgorithm, message: Buffer): Promise<Buffer> {
  const { store, material } = softwareStoreOf(key);
  return store.mac(material, algorithm, message, LATER);
}

describe.each(rows)('$algorithm', ({ algorithm }) => {
  it.each([1, 64, 100, 4096])('of %i octets is what OpenSSL computes', async (length) => {
    const key = randomBytes(32);
    const message = randomBytes(length);
    const hex = await openssl(
      [
        ...['mac', '-digest', macHashes[algorithm], '-macopt', `hexkey:${key.toString('hex')}`],
        ...['-in', 'message', 'HMAC'],
      ],
      { message },
    );
    const mac = await macUnder(key, algorithm, message);
    expect(mac.toString('hex').toUpperCase()).toBe(hex.toString().trim());
  });
});

/** RFC 4231 §4.3, test case 2: the key "Jefe". */
const PUBLISHED: Readonly<Record<MacAlgorithm, string>> = {
  HMAC_SHA_224: 'a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44',
  HMAC_SHA_256: '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  HMAC_SHA_384:
    'af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649',
  HMAC_SHA_512:
    '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
};

it.each(rows)('$algorithm is the published one', async ({ algorithm }) => {
  const message = Buffer.from('what do ya want for nothing?');
  const mac = await macUnder(Buffer.from('Jefe'), algorithm, message);
  expect(mac.toString('hex')).toBe(PUBLISHED[algorithm]);
});
