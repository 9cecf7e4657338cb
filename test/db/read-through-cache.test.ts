import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../src/db/changes.js';
import { ReadThroughCache } from '../../src/db/read-through-cache.js';

const HELD = { held: true };

/** A read that ends when the test says so. */
function heldRead() {
  let reads = 0;
  let release: (value: string | undefined) => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const load = () => {
    reads += 1;
    return new Promise<string | undefined>((resolve, reject) => {
      release = resolve;
      fail = reject;
    });
  };
  return {
    load,
    reads: () => reads,
    release: (value: string | undefined) => release(value),
    fail: (error: Error) => fail(error),
  };
}

const unread = () => Promise.reject(new Error('read again'));

describe('a value', () => {
  it('is read once for all who ask, then answered at once', async () => {
    const cache = new ReadThroughCache<string>(10, HELD);
    const held = heldRead();
    const asked = [cache.get('a', held.load), cache.get('a', held.load)];
    held.release('1');
    expect(await Promise.all(asked)).toStrictEqual(['1', '1']);
    expect(held.reads()).toBe(1);
    expect(cache.get('a', unread)).toBe('1');
  });

  it('that is not there is not remembered', async () => {
    const cache = new ReadThroughCache<string>(10, HELD);
    expect(await cache.get('a', async () => undefined)).toBeUndefined();
    expect(await cache.get('a', async () => '1')).toBe('1');
  });

  it('that could not be read is read again', async () => {
    const cache = new ReadThroughCache<string>(10, HELD);
    const held = heldRead();
    const asked = [cache.get('a', held.load), cache.get('a', held.load)];
    held.fail(new Error('away'));
    for (const one of asked) await expect(one).rejects.toThrow('away');
    expect(await cache.get('a', async () => '1')).toBe('1');
  });

  it('gives way when there are too many', async () => {
    const cache = new ReadThroughCache<string>(2, HELD);
    for (const ref of ['a', 'b', 'c']) await cache.get(ref, async () => ref);
    expect(cache.get('c', unread)).toBe('c');
    expect(await cache.get('a', async () => 'read again')).toBe('read again');
  });
});

describe.each(['a', EVERYTHING])('forgetting %s', (forgotten) => {
  it('drops what is kept', async () => {
    const cache = new ReadThroughCache<string>(10, HELD);
    await cache.get('a', async () => 'old');
    cache.forget(forgotten);
    expect(await cache.get('a', async () => 'new')).toBe('new');
  });

  it('keeps a read under way from being kept', async () => {
    const cache = new ReadThroughCache<string>(10, HELD);
    const held = heldRead();
    const stale = cache.get('a', held.load);
    cache.forget(forgotten);
    held.release('old');
    expect(await stale).toBe('old');
    expect(await cache.get('a', async () => 'new')).toBe('new');
  });

  it('lets a newer read be kept although the older one ends later', async () => {
    const cache = new ReadThroughCache<string>(10, HELD);
    const older = heldRead();
    const stale = cache.get('a', older.load);
    cache.forget(forgotten);
    expect(await cache.get('a', async () => 'new')).toBe('new');
    older.release('old');
    await stale;
    expect(cache.get('a', unread)).toBe('new');
  });

  it('lets a newer read be shared although the older one fails', async () => {
    const cache = new ReadThroughCache<string>(10, HELD);
    const [older, newer] = [heldRead(), heldRead()];
    const stale = cache.get('a', older.load);
    cache.forget(forgotten);
    const fresh = cache.get('a', newer.load);
    older.fail(new Error('away'));
    await expect(stale).rejects.toThrow('away');
    expect(cache.get('a', unread)).toBe(fresh);
    newer.release('new');
    expect(await fresh).toBe('new');
  });
});

it('forgetting one leaves the others', async () => {
  const cache = new ReadThroughCache<string>(10, HELD);
  await cache.get('a', async () => '1');
  cache.forget('b');
  expect(cache.get('a', unread)).toBe('1');
});
