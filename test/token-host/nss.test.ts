import { execFile } from 'node:child_process';
import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  verify,
} from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client/client.js';
import { nssModule } from '../support/nss-module.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon } from '../support/waiting.js';
import { makePair, ORDERS, pointOf } from './orders.js';

describe('NSS as a token of a second vendor', () => {
  let bench: TokenBench;
  let client: TokenClient;
  beforeAll(async () => {
    bench = await makeTokenBench();
    const directory = join(bench.token.dir, 'nss');
    await mkdir(directory);
    await promisify(execFile)('certutil', ['-N', '-d', `sql:${directory}`, '--empty-password']);
    client = bench.client({
      vendor: 'nss',
      module: nssModule(),
      label: 'NSS Certificate DB',
      libraryParameters: `configdir='sql:${directory}' certPrefix='' keyPrefix='' secmod='secmod.db' flags=`,
    });
    await client.start('');
  });
  afterAll(() => bench.dispose());

  it('keeps a pair, signs with it and destroys both halves', async () => {
    const key = await makePair(client, 'ecSign');
    const message = Buffer.from('message');
    const input = createHash('sha256').update(message).digest();
    const request = { scheme: 'ecdsa', hash: 'sha256', input } as const;
    const signature = await client.call('sign', 'ecSign', request, soon());
    expect(verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
    expect(await client.call('destroyObject', 'ecSign', undefined, soon())).toBe(true);
    expect(await client.call('findObject', 'ecSign', undefined, soon())).toBeUndefined();
  });

  it('agrees with a peer', async () => {
    const publicKey = await makePair(client, 'ecDerive');
    const peer = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
    const exchange = { point: pointOf(peer.publicKey), bytes: 48 };
    expect(await client.call('derive', 'ecDerive', exchange, soon())).toEqual(
      diffieHellman({ privateKey: peer.privateKey, publicKey }),
    );
  });

  it('keeps RSA and HMAC keys', async () => {
    const key = await makePair(client, 'rsaSign');
    expect(createPublicKey(key.export({ type: 'spki', format: 'pem' })).asymmetricKeyType).toBe(
      'rsa',
    );
    await client.call('generateKey', 'hmac', { label: 'l', order: ORDERS.hmac }, soon());
    const mac = () =>
      client.call('mac', 'hmac', { hash: 'sha384', message: Buffer.from('m') }, soon());
    expect(await mac()).toEqual(await mac());
  });
});
