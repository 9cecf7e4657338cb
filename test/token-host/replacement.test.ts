import { publicEncrypt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenClient } from '../../src/token-host/client/client.js';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import { hostProcesses } from '../support/host-processes.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon, whenState } from '../support/waiting.js';
import { makePair, ORDERS, pointOf } from './orders.js';

const aad = Buffer.from('context');
const plaintext = Buffer.from('plaintext');

/** Short to wait for, and longer than a busy machine keeps a healthy host from its heartbeat. */
const HANG_MS = 1500;

describe('a token host that goes away', () => {
  let bench: TokenBench;
  let client: TokenClient;

  async function start(settings: Parameters<TokenBench['client']>[0] = {}): Promise<void> {
    client = bench.client(settings);
    await client.start(bench.token.pin);
    await client.call('generateKey', 'key', { label: 'kms:k:m', order: AES_256 }, soon());
  }

  async function hostPid(): Promise<number> {
    const [pid] = await hostProcesses(bench.settings.id);
    if (pid === undefined) throw new Error('no token host is running');
    return pid;
  }

  const encrypt = (deadline = soon()) =>
    client.call('encrypt', 'key', { plaintext, aad }, deadline);

  beforeEach(async () => {
    bench = await makeTokenBench();
  });
  afterEach(() => bench.dispose());

  it('is seen in the process list by its kind and id, and by nothing secret', async () => {
    await start();
    const pid = await hostPid();
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'latin1')).split('\0');
    expect(argv).toContain('token-host');
    expect(argv).toContain(bench.settings.id);
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
    expect(`${argv.join(' ')} ${environment}`).not.toContain(bench.token.pin);
  });

  it('many times under load shows in no call', async () => {
    await start();
    const errors: unknown[] = [];
    let running = true;
    let answers = 0;
    let onAnswer = () => {};
    // Each host does some work before it is killed: otherwise no call could ever be answered.
    const nextAnswer = () =>
      new Promise<void>((resolve) => {
        onAnswer = resolve;
      });
    const caller = async (): Promise<void> => {
      while (running && errors.length === 0) {
        try {
          const sealed = await encrypt();
          const opened = await client.call('decrypt', 'key', { ...sealed, aad }, soon());
          expect(opened).toEqual(plaintext);
          answers += 1;
          onAnswer();
        } catch (error) {
          errors.push(error);
        }
      }
    };
    const callers = Array.from({ length: 16 }, caller);
    for (let kill = 0; kill < 25; kill += 1) {
      await whenState(client, 'ready');
      await nextAnswer();
      process.kill(await hostPid(), 'SIGKILL');
      await whenState(client, 'replacing');
    }
    await whenState(client, 'ready');
    running = false;
    await Promise.all(callers);
    expect(errors).toEqual([]);
    expect(answers).toBeGreaterThan(0);
    expect(client.has('key')).toBe(true);
  });

  it('because it hangs: deadlines are kept and a successor serves', async () => {
    await start({ callTimeoutMs: HANG_MS });
    const pid = await hostPid();
    // A thread is there: one that starts could take as long as the deadline.
    await encrypt();
    await bench.faults.set('hang C_Encrypt');
    const call = encrypt(Date.now() + 150);
    await expect(call).rejects.toMatchObject({ kind: 'deadline' });
    await whenState(client, 'replacing');
    await bench.faults.clear();
    expect(await encrypt()).toHaveProperty('tag');
    expect(await hostPid()).not.toBe(pid);
  });

  it('because it is frozen as a whole is replaced too', async () => {
    await start({ callTimeoutMs: HANG_MS });
    process.kill(await hostPid(), 'SIGSTOP');
    expect(await encrypt()).toHaveProperty('tag');
  });

  it('with a hung call keeps that call for the successor', async () => {
    await start({ callTimeoutMs: HANG_MS });
    await bench.faults.set('hang C_Encrypt');
    const call = encrypt();
    await whenState(client, 'replacing');
    await bench.faults.clear();
    expect(await call).toHaveProperty('tag');
  });

  it('is not what a slow token with a long queue is', async () => {
    await start({ callTimeoutMs: HANG_MS, sessions: 2 });
    const pid = await hostPid();
    // 64 calls, two at a time, 100 ms each: far longer than the time-out in all.
    await bench.faults.set('delay C_Encrypt 100000');
    await Promise.all(Array.from({ length: 64 }, () => encrypt()));
    expect(await hostPid()).toBe(pid);
  });

  it('over and over with the same call gives that call up', async () => {
    await start();
    await bench.faults.set('crash C_Encrypt');
    await expect(encrypt()).rejects.toMatchObject({ kind: 'lost' });
    await bench.faults.clear();
    await whenState(client, 'ready');
    expect(await encrypt()).toHaveProperty('tag');
  });

  it.each([
    [
      'generateKey',
      () => client.call('generateKey', 'new', { label: 'l', order: AES_256 }, soon()),
    ],
    ['generateKey for a pair', () => makePair(client, 'ecSign')],
    ['destroyObject', () => client.call('destroyObject', 'key', undefined, soon())],
  ] as const)('leaves the outcome of %s unknown', async (_name, call) => {
    await start();
    const held = ['C_GenerateKey', 'C_GenerateKeyPair', 'C_DestroyObject'] as const;
    const started = async (): Promise<number> => {
      const calls = await Promise.all(held.map((f) => bench.faults.calls(f)));
      return calls.reduce((sum, each) => sum + each, 0);
    };
    const before = await started();
    await bench.faults.set(...held.map((f) => `delay ${f} 10000000`));
    const outcome = call().then(
      () => 'done',
      (error: unknown) => error,
    );
    await expect.poll(started).toBe(before + 1);
    process.kill(await hostPid(), 'SIGKILL');
    expect(await outcome).toMatchObject({ kind: 'lost' });
  });

  it.each([
    ['sign', 'C_Sign'],
    ['mac', 'C_Sign'],
    ['derive', 'C_DeriveKey'],
    ['decryptOaep', 'C_Decrypt'],
  ] as const)('in the middle of %s has its successor answer', async (name, f) => {
    await start();
    const order = ORDERS.hmac;
    await client.call('generateKey', 'hmac', { label: 'l', order }, soon());
    await makePair(client, 'ecSign');
    const peer = pointOf(await makePair(client, 'ecDerive'));
    const key = await makePair(client, 'rsaDecrypt');
    const ciphertext = publicEncrypt({ key, oaepHash: 'sha1' }, plaintext);
    const calls = {
      sign: () => {
        const input = { scheme: 'ecdsa', hash: 'sha256', input: Buffer.alloc(32, 1) } as const;
        return client.call('sign', 'ecSign', input, soon());
      },
      mac: () => client.call('mac', 'hmac', { hash: 'sha384', message: plaintext }, soon()),
      derive: () => client.call('derive', 'ecDerive', { point: peer, bytes: 48 }, soon()),
      decryptOaep: () =>
        client.call('decryptOaep', 'rsaDecrypt', { hash: 'sha1', ciphertext }, soon()),
    };
    const before = await bench.faults.calls(f);
    await bench.faults.set(`delay ${f} 10000000`);
    const answer = calls[name]();
    await expect.poll(() => bench.faults.calls(f)).toBe(before + 1);
    const pid = await hostPid();
    await bench.faults.clear();
    process.kill(pid, 'SIGKILL');
    expect(await answer).toBeInstanceOf(Buffer);
    expect(await hostPid()).not.toBe(pid);
  });

  it('with all sessions lost, as by a reboot of the device, serves on', async () => {
    await start();
    const pid = await hostPid();
    for (const epoch of [1, 2, 3]) {
      await bench.faults.set(`epoch ${epoch}`);
      const calls = await Promise.all(Array.from({ length: 32 }, () => encrypt()));
      expect(calls).toHaveLength(32);
      expect(await client.call('findObject', 'key', undefined, soon())).toBeDefined();
    }
    await client.call('generateKey', 'after', { label: 'l', order: AES_256 }, soon());
    expect([...client.objects().keys()].sort()).toEqual(['after', 'key']);
    expect(await hostPid()).toBe(pid);
  });

  it('refuses more calls than it may queue', async () => {
    await start({ maxQueued: 4, sessions: 1 });
    await bench.faults.set('delay C_Encrypt 50000');
    const calls = Array.from({ length: 6 }, () => encrypt());
    const settled = await Promise.allSettled(calls);
    const refused = settled.filter((each) => each.status === 'rejected');
    expect(refused.map(({ reason }) => reason.kind)).toEqual(['busy', 'busy']);
  });

  it('works with a library that allows one thread only', async () => {
    await bench.faults.set('cantlock');
    await start();
    const calls = await Promise.all(Array.from({ length: 16 }, () => encrypt()));
    expect(calls).toHaveLength(16);
    expect(await client.call('destroyObject', 'key', undefined, soon())).toBe(true);
  });
});
