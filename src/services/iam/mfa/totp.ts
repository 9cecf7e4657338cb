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

/** The step, of this one and its neighbours, whose code this is; undefined: none's. */
export function stepOfCode(seed: Buffer, code: string, epochMs: number): number | undefined {
  const now = timeStep(epochMs);
  let found: number | undefined;
  for (const step of [now - 1, now, now + 1].filter((each) => each >= 0)) {
    const expected = Buffer.from(totpCode(seed, step));
    const given = Buffer.from(code);
    if (given.length === expected.length && timingSafeEqual(given, expected)) found = step;
  }
  return found;
}
