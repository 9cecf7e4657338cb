/** Slow key pairs: their queue, their deadlines, their stock. No step of it takes real time. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { KeySpec } from '../../../src/crypto/algorithms.js';
import { StoreError } from '../../../src/keystores/contract/store-error.js';
import { SlowPairs, settled } from '../../support/slow-pairs.js';

const TIMEOUT_MS = 10_000;
const DEADLINE_PASSED = { code: 'InternalFailure' };
const THROTTLED = { code: 'ThrottlingException' };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const random = async (length: number) => Buffer.alloc(length, 7);

/** Orders a pair. @returns its id, once it is used */
function ask(
  slow: SlowPairs,
  keySpec: KeySpec = 'RSA_4096',
  accountId = 'a',
  use = async (_privateKey: Buffer) => {},
): Promise<string> {
  const deadline = Date.now() + TIMEOUT_MS;
  const order = { keySpec, accountId, random, deadline };
  const answer = slow.pairs.use(order, async ({ privateKey }) => {
    const id = privateKey.toString();
    await use(privateKey);
    privateKey.fill(0);
    return id;
  });
  answer.catch(() => {});
  return answer;
}

describe('the queue', () => {
  it('makes as many at once as there are workers, in the order of the calls', async () => {
    const slow = new SlowPairs({ pairWorkers: 2 });
    const specs = ['RSA_2048', 'RSA_4096', 'RSA_3072', 'RSA_2048'] as const;
    const answers = specs.map((spec) => ask(slow, spec));
    await settled();
    expect(slow.making).toEqual(['RSA_2048', 'RSA_4096']);
    expect(slow.pairs.waiting).toBe(4);
    await slow.finish('RSA_4096');
    expect(slow.making).toEqual(['RSA_2048', 'RSA_3072']);
    await slow.finishAll();
    expect(await Promise.all(answers)).toEqual(['pair 1', 'pair 0', 'pair 2', 'pair 3']);
    expect(slow.begun).toHaveLength(4);
    expect(slow.pairs.waiting).toBe(0);
  });

  it('is bounded: one call more is throttled, and a place that is free again is taken', async () => {
    const slow = new SlowPairs({ limit: 2 });
    const answers = [ask(slow), ask(slow)];
    await settled();
    await expect(ask(slow)).rejects.toMatchObject(THROTTLED);
    await slow.finish();
    await answers[0];
    const third = ask(slow);
    await settled();
    await slow.finishAll();
    await expect(third).resolves.toBe('pair 2');
  });

  it('leaves places to other accounts, which have their turns', async () => {
    const slow = new SlowPairs({ limit: 6, shared: true });
    const order: string[] = [];
    const from = async (account: string) => {
      await ask(slow, 'RSA_4096', account);
      order.push(account);
    };
    const crowd = ['a', 'a', 'a'].map(from);
    await settled();
    await expect(from('a')).rejects.toMatchObject(THROTTLED);
    const others = ['b', 'c', 'b'].map(from);
    others[2]?.catch(() => {});
    await settled();
    await slow.finishAll();
    await Promise.all([...crowd, ...others.slice(0, 2)]);
    await expect(others[2]).rejects.toMatchObject(THROTTLED);
    expect(order).toEqual(['a', 'b', 'c', 'a', 'a']);
  });

  it('gives who waits the reason why no pair could be made, and goes on', async () => {
    const slow = new SlowPairs();
    const [first, second] = [ask(slow), ask(slow)];
    await settled();
    await slow.fail(new Error('no memory'));
    await expect(first).rejects.toThrow('no memory');
    await slow.finish();
    await expect(second).resolves.toBe('pair 0');
  });

  it('ends every wait when it is closed, and begins nothing more', async () => {
    const slow = new SlowPairs({ perSpec: 2 });
    const answer = ask(slow);
    await settled();
    slow.pairs.close();
    await expect(answer).rejects.toMatchObject({ code: 'ServiceUnavailableException' });
    await slow.finishAll();
    expect(slow.begun).toHaveLength(1);
    expect(slow.made[0]?.privateKey).toEqual(Buffer.alloc(6));
  });
});

describe('the deadline', () => {
  it('covers the queue: what was not begun is never made', async () => {
    const slow = new SlowPairs();
    const [first, second] = [ask(slow, 'RSA_4096'), ask(slow, 'RSA_2048')];
    await settled();
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1);
    expect(slow.pairs.waiting).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    await expect(first).rejects.toMatchObject(DEADLINE_PASSED);
    await expect(second).rejects.toMatchObject(DEADLINE_PASSED);
    expect(slow.pairs.waiting).toBe(0);
    await slow.finishAll();
    expect(slow.begun).toEqual(['RSA_4096']);
  });

  it('of one call does not end the making: the next call has the pair', async () => {
    const slow = new SlowPairs();
    const late = ask(slow);
    await settled();
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    await expect(late).rejects.toMatchObject(DEADLINE_PASSED);
    const next = ask(slow);
    await settled();
    expect(slow.begun).toHaveLength(1);
    await slow.finish();
    await expect(next).resolves.toBe('pair 0');
  });

  it('puts by what is made when nobody waits any more', async () => {
    const slow = new SlowPairs({ perSpec: 1 });
    const late = ask(slow);
    await settled();
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    await expect(late).rejects.toMatchObject(DEADLINE_PASSED);
    await slow.finish();
    expect(slow.ready).toEqual({ RSA_4096: 1 });
    await expect(ask(slow)).resolves.toBe('pair 0');
  });

  it('that has passed is told before anything is begun', async () => {
    const slow = new SlowPairs();
    const order = { keySpec: 'RSA_4096', accountId: 'a', random, deadline: Date.now() } as const;
    await expect(slow.pairs.use(order, async () => {})).rejects.toMatchObject(DEADLINE_PASSED);
    expect(slow.begun).toEqual([]);
  });
});

describe('the stock', () => {
  it('is filled with what was asked for, one at a time, while nobody waits', async () => {
    const slow = new SlowPairs({ pairWorkers: 2, perSpec: 2 });
    expect(slow.begun).toEqual([]);
    const first = ask(slow, 'RSA_2048');
    await settled();
    expect(slow.making).toEqual(['RSA_2048']);
    await slow.finish();
    await first;
    expect(slow.making).toEqual(['RSA_2048']);
    const busy = [ask(slow, 'RSA_3072'), ask(slow, 'RSA_4096')];
    await settled();
    // Nobody waits behind what nobody waits for.
    expect(slow.making).toEqual(['RSA_2048', 'RSA_3072', 'RSA_4096']);
    await slow.finish('RSA_2048');
    expect(slow.making).toEqual(['RSA_3072', 'RSA_4096']);
    await slow.finishAll();
    await Promise.all(busy);
    expect(slow.ready).toEqual({ RSA_2048: 2, RSA_3072: 2, RSA_4096: 2 });
    expect(slow.begun).toHaveLength(3 + 6);
  });

  it('answers at once, and is filled again', async () => {
    const slow = new SlowPairs({ perSpec: 1 });
    const first = ask(slow);
    await settled();
    await slow.finishAll();
    await first;
    await expect(ask(slow)).resolves.toBe('pair 1');
    expect(slow.making).toEqual(['RSA_4096']);
    await slow.finishAll();
    expect([...slow.pairs.counts()]).toEqual([
      { keySpec: 'RSA_4096', ready: 1, stocked: 1, made: 1, dropped: 0 },
    ]);
  });

  it('gives what is being made for it to who comes meanwhile', async () => {
    const slow = new SlowPairs({ perSpec: 1 });
    const first = ask(slow);
    await settled();
    await slow.finish();
    await first;
    const second = ask(slow);
    await settled();
    expect(slow.making).toEqual(['RSA_4096']);
    await slow.finish();
    await expect(second).resolves.toBe('pair 1');
  });

  it('gives what is being sealed for it to who comes meanwhile', async () => {
    const slow = new SlowPairs({ perSpec: 1 });
    const late = ask(slow);
    await settled();
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    await expect(late).rejects.toMatchObject(DEADLINE_PASSED);
    let sealed = () => {};
    slow.sealer.held = new Promise((resolve) => {
      sealed = resolve;
    });
    await slow.finish();
    const next = ask(slow);
    await settled();
    expect(slow.pairs.waiting).toBe(1);
    sealed();
    await expect(next).resolves.toBe('pair 0');
  });

  it('has private keys sealed only, each for a place of its own', async () => {
    const slow = new SlowPairs({ perSpec: 2 });
    const first = ask(slow);
    await settled();
    await slow.finishAll();
    await first;
    expect(slow.sealer.places.size).toBe(2);
    for (const { privateKey } of slow.made) expect(privateKey).toEqual(Buffer.alloc(6));
  });

  it('of 0 keeps nothing and zeroes what is late', async () => {
    const slow = new SlowPairs({ perSpec: 0 });
    const late = ask(slow);
    await settled();
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    await expect(late).rejects.toMatchObject(DEADLINE_PASSED);
    await slow.finish();
    expect(slow.made[0]?.privateKey).toEqual(Buffer.alloc(6));
    expect(slow.dropped).toBe(1);
    expect(slow.sealer.places.size).toBe(0);
  });

  it('takes back a pair whose use failed, for somebody else', async () => {
    const slow = new SlowPairs({ perSpec: 1 });
    const failing = ask(slow, 'RSA_4096', 'a', () => Promise.reject(new Error('not stored')));
    await settled();
    await slow.finish();
    await expect(failing).rejects.toThrow('not stored');
    await settled();
    expect(slow.ready).toEqual({ RSA_4096: 1 });
    await expect(ask(slow)).resolves.toBe('pair 0');
  });

  describe('while the root token is away', () => {
    const away = new StoreError('root-token');

    it('keeps nothing in the clear, and is tried again by the next call alone', async () => {
      const slow = new SlowPairs({ perSpec: 2 });
      slow.sealer.error = away;
      const first = ask(slow);
      await settled();
      await slow.finishAll();
      await first;
      expect(slow.begun).toHaveLength(2);
      expect(slow.faults).toEqual([away]);
      expect(slow.made[1]?.privateKey).toEqual(Buffer.alloc(6));
      slow.sealer.error = undefined;
      const second = ask(slow);
      await settled();
      await slow.finishAll();
      await second;
      expect(slow.ready).toEqual({ RSA_4096: 2 });
    });

    it('keeps what it has, and calls have their pairs made', async () => {
      const slow = new SlowPairs({ perSpec: 1 });
      const first = ask(slow);
      await settled();
      await slow.finishAll();
      await first;
      slow.sealer.error = away;
      const second = ask(slow);
      await settled();
      await slow.finish();
      await expect(second).resolves.toBe('pair 2');
      expect(slow.ready).toEqual({ RSA_4096: 1 });
      slow.sealer.error = undefined;
      await expect(ask(slow)).resolves.toBe('pair 1');
    });
  });
});

it('makes what is not slow without a queue, from a seed where it grows from one', async () => {
  const slow = new SlowPairs({ limit: 0, perSpec: 1 });
  const answers = (['ECC_NIST_P256', 'ML_DSA_44'] as const).map((keySpec) => ask(slow, keySpec));
  await settled();
  await slow.finishAll();
  expect(await Promise.all(answers)).toEqual(['pair 0', 'pair 1']);
  expect(slow.seeds).toEqual(['', '07'.repeat(32)]);
  expect([...slow.pairs.counts()]).toEqual([]);
});

/** What a run may do next. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('ask', 'ask and fail') },
  { weight: 4, arbitrary: fc.constant('finish') },
  { weight: 1, arbitrary: fc.constantFrom('wait', 'root token away', 'root token back') },
);

it('gives no pair to two callers, and loses count of none', async () => {
  const runs = fc.asyncProperty(
    fc.array(step, { maxLength: 60 }),
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 0, max: 2 }),
    async (steps, pairWorkers, perSpec) => {
      const slow = new SlowPairs({ pairWorkers, perSpec });
      const used: string[] = [];
      for (const what of steps) {
        if (what === 'ask')
          void ask(slow).then(
            (id) => used.push(id),
            () => {},
          );
        if (what === 'ask and fail') {
          void ask(slow, 'RSA_4096', 'b', () => Promise.reject(new Error('no')));
        }
        if (what === 'finish' && slow.making.length > 0) await slow.finish();
        if (what === 'wait') await vi.advanceTimersByTimeAsync(TIMEOUT_MS / 2);
        if (what === 'root token away') slow.sealer.error = new StoreError('root-token');
        if (what === 'root token back') slow.sealer.error = undefined;
        await settled();
        expect(slow.making.length).toBeLessThanOrEqual(pairWorkers + 1);
        expect(slow.ready.RSA_4096 ?? 0).toBeLessThanOrEqual(perSpec);
      }
      expect(new Set(used).size).toBe(used.length);
      expect(used.length + slow.dropped + (slow.ready.RSA_4096 ?? 0)).toBe(slow.made.length);
    },
  );
  await fc.assert(runs, { numRuns: 200 });
});
