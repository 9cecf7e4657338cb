import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AES_256 } from '../../src/token-host/protocol/key-order.js';
import { hostProcesses } from '../support/host-processes.js';
import { makeTokenBench, type TokenBench } from '../support/token-bench.js';
import { soon, whenState } from '../support/waiting.js';

describe('the PIN', () => {
  let bench: TokenBench;
  beforeEach(async () => {
    bench = await makeTokenBench();
  });
  afterEach(() => bench.dispose());

  it('when wrong is tried exactly once', async () => {
    const client = bench.client();
    await expect(client.start('wrong-pin')).rejects.toMatchObject({
      code: 'CKR_PIN_INCORRECT',
      action: 'refused',
    });
    expect(client.state).toBe('refused');
    await expect(client.call('random', undefined, { length: 1 }, soon())).rejects.toMatchObject({
      kind: 'unavailable',
    });
    await expect(client.start(bench.token.pin)).rejects.toThrow(TypeError);
    await expect.poll(() => hostProcesses(bench.settings.id)).toEqual([]);
    expect(await bench.faults.calls('C_Login')).toBe(1);
  });

  it.each([
    ['CKR_PIN_LOCKED', 0xa4],
    ['CKR_PIN_EXPIRED', 0xa3],
  ])('that gives %s is not tried again', async (code, rv) => {
    await bench.faults.set(`fail C_Login ${rv}`);
    const client = bench.client();
    await expect(client.start(bench.token.pin)).rejects.toMatchObject({ code });
    expect(client.state).toBe('refused');
    expect(await bench.faults.calls('C_Login')).toBe(1);
  });

  it('that was changed behind our back is tried once by the successor', async () => {
    const client = bench.client();
    await client.start(bench.token.pin);
    await bench.faults.set(`fail C_Login ${0xa0}`);
    const [pid] = await hostProcesses(bench.settings.id);
    process.kill(pid as number, 'SIGKILL');
    await whenState(client, 'refused');
    expect(await bench.faults.calls('C_Login')).toBe(2);
  });

  // A code that nobody knows, or that does not say what became of the try, counts as a wrong PIN.
  it.each([0x80000123, 0x05, 0x06, 0x30, 0x54])(
    'that was never right is not tried again after %i',
    async (rv) => {
      await bench.faults.set(`failafter C_Login ${rv}`);
      const client = bench.client();
      await expect(client.start(bench.token.pin)).rejects.toMatchObject({ kind: 'login-unknown' });
      expect(client.state).toBe('refused');
      expect(await bench.faults.calls('C_Login')).toBe(1);
    },
  );

  it.each([0xb3, 0x32])(
    'that the token says it has not looked at (%i) is tried again',
    async (rv) => {
      await bench.faults.set(`fail C_Login ${rv} 1`);
      const client = bench.client();
      await client.start(bench.token.pin).catch(() => undefined);
      await whenState(client, 'ready');
    },
  );

  it('that was right is tried three times after an outcome that nobody knows', async () => {
    const client = bench.client();
    await client.start(bench.token.pin);
    await bench.faults.set(`failafter C_Login ${0x80000123}`);
    const [pid] = await hostProcesses(bench.settings.id);
    process.kill(pid as number, 'SIGKILL');
    await whenState(client, 'refused');
    expect(await bench.faults.calls('C_Login')).toBe(1 + 3);
  });

  it('that was right and is lost in a running host is tried three times as well', async () => {
    const client = bench.client();
    await client.start(bench.token.pin);
    await client.call('generateKey', 'key', { label: 'l', order: AES_256 }, soon());
    await bench.faults.set(`failafter C_Login ${0x80000123}`, 'epoch 1');
    const text = Buffer.from('text');
    const call = client.call('encrypt', 'key', { plaintext: text, aad: text }, soon());
    await expect(call).rejects.toMatchObject({ kind: 'unavailable' });
    await whenState(client, 'refused');
    expect(await bench.faults.calls('C_Login')).toBe(1 + 3);
  });

  it('is not shown to a token that has one try left, and may be tried when it has more', async () => {
    const wrong = bench.client();
    await bench.faults.set('lasttry');
    await expect(wrong.start(bench.token.pin)).rejects.toMatchObject({ kind: 'last-try' });
    expect(await bench.faults.calls('C_Login')).toBe(0);
    await bench.faults.clear();
    wrong.tryPin(Buffer.from(bench.token.pin));
    await whenState(wrong, 'ready');
    expect(await bench.faults.calls('C_Login')).toBe(1);
  });

  it('is used once for all calls that find the login gone', async () => {
    const client = bench.client();
    await client.start(bench.token.pin);
    await client.call('generateKey', 'key', { label: 'l', order: AES_256 }, soon());
    await bench.faults.set('epoch 1');
    const text = Buffer.from('text');
    const calls = Array.from({ length: 32 }, () =>
      client.call('encrypt', 'key', { plaintext: text, aad: text }, soon()),
    );
    await Promise.all(calls);
    expect(await bench.faults.calls('C_Login')).toBe(2);
  });

  it('is not tried again when the host died in the middle of its first use', async () => {
    await bench.faults.set('crash C_Login');
    const client = bench.client();
    await expect(client.start(bench.token.pin)).rejects.toMatchObject({ kind: 'login-unknown' });
    expect(client.state).toBe('refused');
    expect(await bench.faults.calls('C_Login')).toBe(1);
  });

  // What is known of it once the client has stopped, wherever the login was then.
  it.each<[string, directive: string | undefined, standing: string]>([
    ['is right', undefined, 'good'],
    ['is wrong', `fail C_Login ${0xa0}`, 'refused'],
    ['is locked', `fail C_Login ${0xa4}`, 'untried'],
    ['is not looked at', `fail C_Login ${0xb3}`, 'untried'],
    ['gives a code that nobody knows', `failafter C_Login ${0x80000123}`, 'unclear'],
    ['ends its host', 'crash C_Login', 'unclear'],
    ['is never answered', 'hang C_Login', 'unclear'],
    ['is answered after the stop', 'delay C_Login 1000000', 'good'],
    ['is not asked for', 'hang C_OpenSession', 'untried'],
    ['is not shown for a last try', 'lasttry', 'untried'],
  ])('that %s: %s is %s', async (_, directive, standing) => {
    if (directive !== undefined) await bench.faults.set(directive);
    const client = bench.client();
    const started = client.start(bench.token.pin).catch(() => undefined);
    const asked =
      directive === undefined ? 'C_Login' : (directive.match(/C_\w+/)?.[0] as 'C_Login');
    if (asked) await expect.poll(() => bench.faults.calls(asked)).toBeGreaterThan(0);
    if (!/hang|delay/.test(directive ?? '')) await started;
    await client.stop();
    expect(client.pin).toBe(standing);
  });

  it('is kept as a copy, whatever the caller does to its own', async () => {
    const client = bench.client();
    const pin = Buffer.from(bench.token.pin);
    const started = client.start(pin);
    pin.fill(0);
    await expect(started).resolves.toMatchObject({ label: bench.token.label });
  });
});
