import { createSecretKey, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { deriveMessageKey } from '../../src/crypto/kdf.js';
import { kbkdf } from '../support/oracles/kbkdf.js';

const LABEL = Buffer.from('strongroom message key');

it.each([
  { name: 'zeros', material: Buffer.alloc(32), nonce: Buffer.alloc(16) },
  { name: 'ones', material: Buffer.alloc(32, 0xff), nonce: Buffer.alloc(16, 0xff) },
  { name: 'random octets', material: randomBytes(32), nonce: randomBytes(16) },
])("derives OpenSSL's key from $name", async ({ material, nonce }) => {
  const expected = await kbkdf(material, LABEL, nonce);
  expect(expected).toHaveLength(32);
  expect(deriveMessageKey(createSecretKey(material), nonce)).toStrictEqual(expected);
});

it('never changes: what was encrypted must be readable for ever', () => {
  const material = createSecretKey(Buffer.from('00'.repeat(32), 'hex'));
  expect(deriveMessageKey(material, Buffer.alloc(16)).toString('hex')).toBe(
    '0c4320deee4489ec89bb7ef7608ada43a31697161076038dea0581551e019fbf',
  );
});
