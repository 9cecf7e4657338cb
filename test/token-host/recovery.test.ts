/**
 * What is done when the mild cure of a fault does not help: the next is tried, up to a new process with
 * a library of its own. The faults stand until C_Finalize, as a dead connection to an HSM does.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client/client.js';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import { returnCodeNumber } from '../../src/token-host/protocol/return-codes.js';
import { hostProcesses } from '../support/host-processes.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon, whenState } from '../support/waiting.js';
import { ORDERS } from './orders.js';

const aad = Buffer.from('context');
const plaintext = Buffer.from('plaintext');

/** A code, and the functions that give it: `all` are those of a session. */
const STANDING: readonly (readonly [`CKR_${string}`, string])[] = [
  ['CKR_SESSION_CLOSED', 'all'],
  ['CKR_SESSION_HANDLE_INVALID', 'all'],
  ['CKR_OPERATION_ACTIVE', 'C_EncryptInit'],
  ['CKR_USER_NOT_LOGGED_IN', 'C_EncryptInit'],
  ['CKR_KEY_HANDLE_INVALID', 'C_EncryptInit'],
  ['CKR_OBJECT_HANDLE_INVALID', 'C_EncryptInit'],
  ['CKR_DEVICE_ERROR', 'all'],
];

describe('a fault that stands until the library is loaded afresh', () => {
  let bench: TokenBench;
  let client: TokenClient;
  beforeEach(async () => {
    bench = await makeTokenBench();
    client = bench.client();
    await client.start(bench.token.pin);
    await client.call('generateKey', 'key', { label: 'kms:k:m', order: AES_256 }, soon());
  });
  afterEach(() => bench.dispose());

  const encrypt = () => client.call('encrypt', 'key', { plaintext, aad }, soon());

  it.each(STANDING)('%s from %s shows in no call and costs one login', async (code, f) => {
    await encrypt();
    const pid = await hostProcesses(bench.settings.id);
    const logins = await bench.faults.calls('C_Login');
    await bench.faults.set(`stick ${f} ${returnCodeNumber(code)}`);
    const sealed = await Promise.all(Array.from({ length: 16 }, encrypt));
    expect(sealed).toHaveLength(16);
    expect(await hostProcesses(bench.settings.id)).not.toEqual(pid);
    expect(await bench.faults.calls('C_Login')).toBe(logins + 1);
    expect(await bench.faults.calls('C_Finalize')).toBe(1);
  });

  it.each([
    ['findObject', () => client.call('findObject', 'key', undefined, soon())],
    ['destroyObject', () => client.call('destroyObject', 'none', undefined, soon())],
  ] as const)('also in %s, once the next call has come', async (_name, call) => {
    await bench.faults.set(`stick all ${returnCodeNumber('CKR_SESSION_CLOSED')}`);
    await call().catch(() => undefined);
    expect(await call()).toBeDefined();
  });

  it('of one key that no cure helps costs the others their host only so often', async () => {
    await bench.faults.set(`fail C_SignInit ${returnCodeNumber('CKR_DEVICE_ERROR')}`);
    await client.call('generateKey', 'hmac', { label: 'l', order: ORDERS.hmac }, soon());
    const mac = () =>
      client.call('mac', 'hmac', { hash: 'sha384', message: plaintext }, soon()).then(
        () => 'made',
        (error: unknown) => error,
      );
    for (let call = 0; call < 60; call += 1) {
      expect(await mac()).toMatchObject({ code: 'CKR_DEVICE_ERROR' });
      expect(await encrypt()).toHaveProperty('tag');
    }
    expect(await bench.faults.calls('C_Initialize')).toBeLessThan(40);
    await whenState(client, 'ready');
  });
});
