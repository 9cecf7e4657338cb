import { readdir, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import { hostProcesses } from '../support/host-processes.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon, whenState } from '../support/waiting.js';

describe('a token that is not there', () => {
  let bench: TokenBench;
  beforeEach(async () => {
    bench = await makeTokenBench();
  });
  afterEach(() => bench.dispose());

  it('fails calls at once and is taken up again when it is back', async () => {
    const client = bench.client();
    await client.start(bench.token.pin);
    await client.call('generateKey', 'key', { label: 'l', order: AES_256 }, soon());
    await bench.faults.set('absent');
    const [pid] = await hostProcesses(bench.settings.id);
    process.kill(pid as number, 'SIGKILL');
    await whenState(client, 'absent');
    await expect(client.call('random', undefined, { length: 8 }, soon())).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await bench.faults.clear();
    await whenState(client, 'ready');
    expect(await client.call('random', undefined, { length: 8 }, soon())).toHaveLength(8);
    expect(client.has('key')).toBe(true);
  });

  it('also while calls wait for a successor', async () => {
    const client = bench.client();
    await client.start(bench.token.pin);
    await bench.faults.set('absent', `fail C_GenerateRandom ${0x30}`);
    await expect(client.call('random', undefined, { length: 8 }, soon())).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });

  it('from the beginning rejects the start, and attempts go on', async () => {
    await bench.faults.set('absent');
    const client = bench.client({ startTimeoutMs: 300 });
    await expect(client.start(bench.token.pin)).rejects.toMatchObject({
      code: 'CKR_TOKEN_NOT_PRESENT',
    });
    expect(client.state).toBe('absent');
    await bench.faults.clear();
    await whenState(client, 'ready');
  });

  it.each([
    ['a label that no token has', { label: 'another' }],
    ['a serial number that no token has', { serial: 'ffff' }],
    ['a library that does not exist', { module: '/nonexistent/libpkcs11.so' }],
  ])('because of %s is absent', async (_why, settings) => {
    const client = bench.client({ ...settings, startTimeoutMs: 300 });
    await expect(client.start(bench.token.pin)).rejects.toThrow();
    expect(client.state).toBe('absent');
  });

  it('is found by its serial number', async () => {
    const first = bench.client();
    const { serial } = await first.start(bench.token.pin);
    const second = bench.client({ serial });
    await expect(second.start(bench.token.pin)).resolves.toMatchObject({ serial });
  });

  it('leaves nothing behind when it is stopped, in any state', async () => {
    const ready = bench.client();
    await ready.start(bench.token.pin);
    await bench.faults.set('absent');
    const absent = bench.client();
    const failed = absent.start(bench.token.pin).catch((error: unknown) => error);
    await whenState(absent, 'absent');
    const starting = bench.client();
    const cut = starting.start(bench.token.pin).catch((error: unknown) => error);
    await Promise.all([ready.stop(), absent.stop(), starting.stop()]);
    expect(await failed).toBeInstanceOf(Error);
    expect(await cut).toBeInstanceOf(Error);
    expect(await hostProcesses(bench.settings.id)).toEqual([]);
    const sockets = `${bench.token.dir}/sockets`;
    expect(await readdir(sockets)).toEqual([]);
    expect((await stat(sockets)).mode & 0o777).toBe(0o700);
    await expect(ready.call('random', undefined, { length: 1 }, soon())).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });

  it('finalizes the library once when it is stopped', async () => {
    const client = bench.client();
    await client.start(bench.token.pin);
    await client.call('random', undefined, { length: 8 }, soon());
    await client.stop();
    expect(await bench.faults.calls('C_Finalize')).toBe(1);
  });
});
