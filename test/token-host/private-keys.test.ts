import {
  constants,
  createHash,
  createHmac,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  verify,
} from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client/client.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon } from '../support/waiting.js';
import { makePair, ORDERS, pointOf } from './orders.js';

describe('the private keys of a token', () => {
  let bench: TokenBench;
  let client: TokenClient;
  let rsa: KeyObject;
  let decryptor: KeyObject;
  let ec: KeyObject;
  let agreement: KeyObject;

  beforeAll(async () => {
    bench = await makeTokenBench();
    client = bench.client();
    await client.start(bench.token.pin);
    rsa = await makePair(client, 'rsaSign');
    decryptor = await makePair(client, 'rsaDecrypt');
    ec = await makePair(client, 'ecSign');
    agreement = await makePair(client, 'ecDerive');
    await client.call('generateKey', 'hmac', { label: 'l', order: ORDERS.hmac }, soon());
  });
  afterAll(() => bench.dispose());

  const message = Buffer.from('the message');
  const digest = createHash('sha384').update(message).digest();

  it('sign with PSS, the salt as long as the hash', async () => {
    const input = { scheme: 'pss', hash: 'sha384', input: digest } as const;
    const signature = await client.call('sign', 'rsaSign', input, soon());
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    expect(verify('sha384', message, { key: rsa, padding, saltLength: 48 }, signature)).toBe(true);
    expect(verify('sha384', message, { key: rsa, padding, saltLength: 32 }, signature)).toBe(false);
  });

  it('sign with ECDSA as r and s', async () => {
    const input = createHash('sha256').update(message).digest();
    const signature = await client.call(
      'sign',
      'ecSign',
      { scheme: 'ecdsa', hash: 'sha256', input },
      soon(),
    );
    expect(signature).toHaveLength(64);
    expect(verify('sha256', message, { key: ec, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
  });

  it('agree with a peer', async () => {
    const peer = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    const expected = diffieHellman({ privateKey: peer.privateKey, publicKey: agreement });
    const exchange = { point: pointOf(peer.publicKey), bytes: 48 };
    expect(await client.call('derive', 'ecDerive', exchange, soon())).toEqual(expected);
  });

  it('keep the leading zeros of a shared secret', async () => {
    // One in 256 begins with a zero; we know which from our side of the exchange.
    const peer = (): { point: Buffer; expected: Buffer } => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
      const expected = diffieHellman({ privateKey: pair.privateKey, publicKey: agreement });
      return expected[0] === 0 ? { point: pointOf(pair.publicKey), expected } : peer();
    };
    const { point, expected } = peer();
    expect(await client.call('derive', 'ecDerive', { point, bytes: 48 }, soon())).toEqual(expected);
  });

  it('leave no object behind when they agree', async () => {
    const before = await bench.faults.calls('C_DestroyObject');
    await client.call('derive', 'ecDerive', { point: pointOf(agreement), bytes: 48 }, soon());
    expect((await bench.faults.calls('C_DestroyObject')) - before).toBe(1);
  });

  it('make MACs that only they can make', async () => {
    const tag = await client.call('mac', 'hmac', { hash: 'sha384', message }, soon());
    expect(tag).toHaveLength(48);
    expect(await client.call('mac', 'hmac', { hash: 'sha384', message }, soon())).toEqual(tag);
    expect(createHmac('sha384', '').update(message).digest().equals(tag)).toBe(false);
  });

  it.each([
    [
      'another octet',
      (text: Buffer) => Buffer.from(text.map((octet, at) => (at === 1 ? octet ^ 1 : octet))),
    ],
    ['a number above the modulus', (text: Buffer) => Buffer.alloc(text.length, 0xff)],
    ['a plaintext that is not padded so', (text: Buffer) => Buffer.alloc(text.length, 2)],
  ])('refuse %s as the caller’s error', async (_what, change) => {
    const plaintext = Buffer.from('plaintext');
    const good = publicEncrypt({ key: decryptor, oaepHash: 'sha1' }, plaintext);
    const open = (ciphertext: Buffer) =>
      client.call('decryptOaep', 'rsaDecrypt', { hash: 'sha1', ciphertext }, soon());
    await expect(open(change(good))).rejects.toMatchObject({ action: 'caller' });
    expect(await open(good)).toEqual(plaintext);
  });

  it.each([
    ['sign', 'ecDerive'],
    ['derive', 'ecSign'],
  ] as const)('do not %s with a key that is for something else', async (what, ckaId) => {
    const point = Buffer.alloc(97, 4);
    const call =
      what === 'sign'
        ? client.call(
            'sign',
            ckaId,
            { scheme: 'ecdsa', hash: 'sha256', input: Buffer.alloc(32) },
            soon(),
          )
        : client.call('derive', ckaId, { point, bytes: 32 }, soon());
    await expect(call).rejects.toMatchObject({ name: 'TokenError' });
  });
});
