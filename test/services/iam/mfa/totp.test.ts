import { expect, it } from 'vitest';
import {
  pairOfCodes,
  stepOfCode,
  timeStep,
  totpCode,
} from '../../../../src/services/iam/mfa/totp.js';

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
  const step = timeStep(seconds * 1000);
  expect(totpCode(seed, step)).toBe(code);
  for (const off of [-2, -1, 0, 1, 2]) expect(stepOfCode(seed, code, step + off, 2)).toBe(step);
  for (const off of [-3, 3]) expect(stepOfCode(seed, code, step + off, 2)).toBeUndefined();
  expect(stepOfCode(seed, '', step, 2)).toBeUndefined();
});

it('two codes in a row are a pair, others are none', () => {
  const codeOf = (step: number) => totpCode(seed, step);
  expect(pairOfCodes(seed, [codeOf(1020), codeOf(1021)], 1000, 120)).toBe(1020);
  expect(pairOfCodes(seed, [codeOf(980), codeOf(981)], 1000, 120)).toBe(980);
  expect(pairOfCodes(seed, [codeOf(1021), codeOf(1020)], 1000, 120)).toBeUndefined();
  expect(pairOfCodes(seed, [codeOf(1000), codeOf(1002)], 1000, 120)).toBeUndefined();
  expect(pairOfCodes(seed, [codeOf(1121), codeOf(1122)], 1000, 120)).toBeUndefined();
  expect(pairOfCodes(seed, ['', codeOf(880)], 1000, 120)).toBeUndefined();
});
