import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestRates } from '../../src/runtime/request-rates.js';

function rates() {
  let now = 0;
  const counted = new RequestRates(() => now);
  const ask = (bucket: string, perSecond: number, amount = 1) =>
    counted.take([{ bucket, perSecond, amount }]) === undefined;
  return { counted, ask, pass: (seconds: number) => (now += seconds * 1000) };
}

describe('request rates', () => {
  it('let through at once what a second gives, and then as much a second', () => {
    const { ask, pass } = rates();
    const through = (tries: number) =>
      Array.from({ length: tries }, () => ask('a', 5)).filter(Boolean).length;
    expect(through(8)).toBe(5);
    pass(0.4);
    expect(through(8)).toBe(2);
    pass(100);
    expect(through(8)).toBe(5);
  });

  it('below one a second let one through in its time', () => {
    const { ask, pass } = rates();
    expect([ask('a', 0.25), ask('a', 0.25)]).toEqual([true, false]);
    pass(3.9);
    expect(ask('a', 0.25)).toBe(false);
    pass(0.1);
    expect(ask('a', 0.25)).toBe(true);
  });

  it('take what is worth several from what comes after', () => {
    const { ask, pass } = rates();
    expect([ask('a', 1, 2), ask('a', 1)]).toEqual([true, false]);
    pass(1);
    expect(ask('a', 1)).toBe(false);
    pass(1);
    expect(ask('a', 1)).toBe(true);
  });

  it('take all of a request or nothing', () => {
    const { counted, ask } = rates();
    expect(ask('b', 1)).toBe(true);
    const both = ['a', 'b'].map((bucket) => ({ bucket, perSecond: 1, amount: 1 }));
    expect(counted.take(both)).toBe(both[1]);
    expect(ask('a', 1)).toBe(true);
  });

  it('never let through more than the rate and a second’s worth, whenever they are asked', () => {
    const gaps = fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { maxLength: 200 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 20 }), (waits, perSecond) => {
        const { ask, pass } = rates();
        let [elapsed, through] = [0, 0];
        for (const wait of waits) {
          pass(wait);
          elapsed += wait;
          if (ask('a', perSecond)) through += 1;
        }
        expect(through).toBeLessThanOrEqual(perSecond * (elapsed + 1) + 1e-6);
      }),
    );
  });

  it('remember only what was asked lately', () => {
    const { counted, ask, pass } = rates();
    for (let each = 0; each < 1000; each += 1) ask(`account ${each}`, 5);
    pass(2);
    for (let each = 0; each < 5; each += 1) ask('busy', 5);
    expect(counted.size).toBe(1);
    expect(ask('busy', 5)).toBe(false);
  });
});
