import { describe, expect, it } from 'vitest';
import { type Place, Throttle } from '../../src/runtime/throttle.js';

const refused = expect.objectContaining({ code: 'ThrottlingException' });
const [A, B, C] = ['111122223333', '222233334444', '333344445555'];

/** Takes whatever one caller can get. */
function takeAll(throttle: Throttle, accountId: string | undefined): Place[] {
  const places: Place[] = [];
  try {
    for (;;) places.push(throttle.enter(accountId));
  } catch (error) {
    expect(error).toEqual(refused);
    return places;
  }
}

describe('a throttle', () => {
  it('refuses one call more than it has room for, until one has ended', () => {
    const throttle = new Throttle(2, false);
    const [place] = takeAll(throttle, A);
    expect(throttle.inFlight).toBe(2);
    throttle.leave(place as Place);
    throttle.enter(A);
    expect(() => throttle.enter(A)).toThrow(refused);
  });

  it('leaves room for every further account, whoever came first', () => {
    const throttle = new Throttle(2000, true);
    const held = [A, B, C].map((account) => takeAll(throttle, account).length);
    expect(held).toEqual([1000, 500, 250]);
  });

  it('gives accounts that go on calling equal parts', () => {
    const throttle = new Throttle(2000, true);
    const held = new Map([A, B].map((account) => [account, takeAll(throttle, account)]));
    // One call of each ends, and each asks for more: so it goes on under load.
    for (let round = 0; round < 1000; round += 1) {
      for (const [account, places] of held) {
        throttle.leave(places.pop() as Place);
        places.push(...takeAll(throttle, account));
      }
    }
    for (const places of held.values()) expect(Math.abs(places.length - 667)).toBeLessThan(3);
  });

  it('has few places for calls that nobody signed, and none of them is a signed one', () => {
    const throttle = new Throttle(2000, true);
    const unsigned = takeAll(throttle, undefined);
    expect(unsigned).toHaveLength(100);
    expect(takeAll(throttle, A)).toHaveLength(1000);
    throttle.leave(unsigned[0] as Place);
    expect(takeAll(throttle, undefined)).toHaveLength(1);
    expect(throttle.inFlight).toBe(1100);
  });
});
