/** One-time codes of virtual MFA devices: 6 digits, 30 seconds, SHA-1. RFC 6238, RFC 4226. */
import { createHmac, timingSafeEqual } from 'node:crypto';

const STEP_MS = 30_000;
const DIGITS = 6;

/** The number of the time step in which a moment lies. */
export function timeStep(epochMs: number): number {
  return Math.floor(epochMs / STEP_MS);
}

/** RFC 4226, 5.3: the code of a step. */
export function totpCode(seed: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', seed).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 0x0f;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** The step whose code this is, at most `reach` steps away from the middle one; undefined: none's. */
export function stepOfCode(
  seed: Buffer,
  code: string,
  middle: number,
  reach: number,
): number | undefined {
  let found: number | undefined;
  for (const step of stepsAround(middle, reach)) {
    if (sameCode(totpCode(seed, step), code)) found = step;
  }
  return found;
}

/** The first of two steps in a row whose codes these are, at most `reach` steps away. */
export function pairOfCodes(
  seed: Buffer,
  [first, second]: readonly [string, string],
  middle: number,
  reach: number,
): number | undefined {
  let found: number | undefined;
  let before: string | undefined;
  for (const step of stepsAround(middle, reach)) {
    const code = totpCode(seed, step);
    if (before !== undefined && sameCode(before, first) && sameCode(code, second)) found = step - 1;
    before = code;
  }
  return found;
}

function stepsAround(middle: number, reach: number): number[] {
  return Array.from({ length: 2 * reach + 1 }, (_, index) => middle - reach + index).filter(
    (step) => step >= 0,
  );
}

function sameCode(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
