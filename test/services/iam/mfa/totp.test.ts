import { expect, it } from 'vitest';
import { stepOfCode, timeStep, totpCode } from '../../../../src/services/iam/mfa/totp.js';

/** RFC 6238, appendix B, the last six of its eight digits. */
const seed = Buffer.from('12345678901234567890', 'ascii');

it.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('at %i s the code is %s', (seconds, code) => {
  const now = seconds * 1000;
  expect(totpCode(seed, timeStep(now))).toBe(code);
  expect(stepOfCode(seed, code, now)).toBe(timeStep(now));
  expect(stepOfCode(seed, code, now + 30_000)).toBe(timeStep(now));
  expect(stepOfCode(seed, code, now - 30_000)).toBe(timeStep(now));
  expect(stepOfCode(seed, code, now + 60_000)).toBeUndefined();
  expect(stepOfCode(seed, '', now)).toBeUndefined();
});
