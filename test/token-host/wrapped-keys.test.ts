/** Keys that are kept outside the token, and loaded into it as they are used. */
import { type KeyObject, publicDecrypt } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { publicKeyObject } from '../../src/crypto/public-jwk.js';
import type { TokenClient } from '../../src/token-host/client/client.js';
import type { KeyOrder } from '../../src/token-host/protocol/key-order.js';
import type { WrappedKey } from '../../src/token-host/protocol/wrapped-keys.js';
import { hostProcesses } from '../support/host-processes.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon, whenState } from '../support/waiting.js';
import { ORDERS } from './orders.js';

const aad = Buffer.from('context');
const plaintext = Buffer.from('plaintext');
const WRAPPING = { wrapping: 'wrapping', scheme: 'pad' } as const;
const WRAPPING_KEY: KeyOrder = { keyType: 'aes', purpose: 'unwrap', bytes: 32 };
const LOADED = 4;
/** DigestInfo of SHA-256 up to the digest (RFC 8017 §9.2). */
const DIGEST_INFO = Buffer.from('3031300d060960864801650304020105000420', 'hex');

interface Made {
  readonly key: WrappedKey;
  readonly publicKey: KeyObject | undefined;
}

describe('a wrapped key', () => {
  let bench: TokenBench;
  let client: TokenClient;
  beforeEach(async () => {
    bench = await makeTokenBench();
    client = bench.client({ loadedKeys: LOADED });
    await client.start(bench.token.pin);
    await client.call('generateKey', 'wrapping', { label: 'l', order: WRAPPING_KEY }, soon());
  });
  afterEach(() => bench.dispose());

  let count = 0;
  async function make(order: KeyOrder): Promise<Made> {
    const args = { ...WRAPPING, order };
    const made = await client.call('generateWrapped', undefined, args, soon());
    count += 1;
    return {
      key: { ...args, id: `wrapped${count}`, wrapped: made.wrapped },
      publicKey: made.publicKey && publicKeyObject(made.publicKey),
    };
  }

  async function roundTrip({ key }: Made, text = plaintext): Promise<void> {
    const sealed = await client.call('encrypt', key, { plaintext: text, aad }, soon());
    expect(await client.call('decrypt', key, { ...sealed, aad }, soon())).toEqual(text);
  }

  async function objectsInToken(): Promise<number> {
    const other = bench.client();
    await other.start(bench.token.pin);
    await other.listed();
    const { size } = other.objects();
    await other.stop();
    return size;
  }

  it('of each kind does what it is for, and leaves nothing in the token', async () => {
    await roundTrip(await make(ORDERS.aes));
    const hmac = await make(ORDERS.hmac);
    const macArgs = { hash: 'sha384', message: plaintext } as const;
    const mac = await client.call('mac', hmac.key, macArgs, soon());
    expect(await client.call('mac', hmac.key, macArgs, soon())).toEqual(mac);
    const input = Buffer.concat([DIGEST_INFO, Buffer.alloc(32, 7)]);
    const { key, publicKey } = await make(ORDERS.rsaSign);
    if (!publicKey) throw new Error('no public half');
    const request = { scheme: 'pkcs1', hash: 'sha256', input } as const;
    const signature = await client.call('sign', key, request, soon());
    expect(publicDecrypt(publicKey, signature)).toEqual(input);
    const ec = await make(ORDERS.ecSign);
    const ecdsa = { scheme: 'ecdsa', hash: 'sha256', input: Buffer.alloc(32, 7) } as const;
    expect(await client.call('sign', ec.key, ecdsa, soon())).toHaveLength(64);
    expect(await objectsInToken()).toBe(1);
  });

  it('is one of many that take turns in a token with room for few', async () => {
    const keys = await Promise.all(Array.from({ length: 5 * LOADED }, () => make(ORDERS.aes)));
    const turns = Array.from({ length: 8 }, async (_, turn) => {
      for (const [at, made] of keys.entries()) {
        await roundTrip(made, Buffer.from(`turn ${turn} of key ${at}`));
      }
    });
    await Promise.all(turns);
    const used = client.objects();
    expect([...used.keys()].filter((id) => id.startsWith('wrapped')).length).toBeLessThanOrEqual(
      LOADED,
    );
  });

  it('is loaded once for all calls that come together, and stays', async () => {
    const made = await make(ORDERS.aes);
    const before = await bench.faults.calls('C_UnwrapKey');
    await Promise.all(Array.from({ length: 16 }, () => roundTrip(made)));
    expect((await bench.faults.calls('C_UnwrapKey')) - before).toBe(1);
  });

  it('survives its host', async () => {
    const made = await make(ORDERS.aes);
    const sealed = await client.call('encrypt', made.key, { plaintext, aad }, soon());
    const [pid] = await hostProcesses(bench.settings.id);
    process.kill(Number(pid), 'SIGKILL');
    await whenState(client, 'replacing');
    expect(await client.call('decrypt', made.key, { ...sealed, aad }, soon())).toEqual(plaintext);
  });

  it('is loaded again when the token lost it', async () => {
    const made = await make(ORDERS.aes);
    await roundTrip(made);
    for (const epoch of [1, 2]) {
      await bench.faults.set(`epoch ${epoch}`);
      await roundTrip(made);
    }
    await bench.faults.set(`fail C_EncryptInit ${0x60} 1`);
    await roundTrip(made);
  });

  it('makes room for itself in a token that is full', async () => {
    const keys = await Promise.all(Array.from({ length: LOADED }, () => make(ORDERS.aes)));
    const [first, second, ...others] = keys;
    if (!first || !second) throw new Error('no keys');
    await roundTrip(first);
    await bench.faults.set(`fail C_UnwrapKey ${0x31} 1`);
    await roundTrip(second);
    await Promise.all(others.map((made) => roundTrip(made)));
  });

  it('that was changed outside is refused', async () => {
    const made = await make(ORDERS.aes);
    const wrapped = Buffer.from(made.key.wrapped);
    wrapped.writeUInt8((wrapped[3] ?? 0) ^ 1, 3);
    await expect(
      client.call('encrypt', { ...made.key, id: 'forged', wrapped }, { plaintext, aad }, soon()),
    ).rejects.toThrow();
    await roundTrip(made);
  });

  it('without its wrapping key fails by name', async () => {
    const args = { ...WRAPPING, wrapping: 'other', order: ORDERS.aes };
    await expect(client.call('generateWrapped', undefined, args, soon())).rejects.toMatchObject({
      kind: 'no-such-key',
    });
  });
});
