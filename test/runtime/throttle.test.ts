import { expect, it } from 'vitest';
import { Throttle } from '../../src/runtime/throttle.js';

it('refuses one call more than it has room for, until one has ended', () => {
  const throttle = new Throttle(2);
  throttle.enter();
  throttle.enter();
  const refused = expect.objectContaining({ code: 'ThrottlingException' });
  expect(() => throttle.enter()).toThrow(refused);
  expect(throttle.inFlight).toBe(2);
  throttle.leave();
  throttle.enter();
  expect(() => throttle.enter()).toThrow(refused);
});
