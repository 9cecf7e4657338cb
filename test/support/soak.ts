import { randomInt } from 'node:crypto';

/**
 * How many rounds a soak test goes: STRONGROOM_SOAK_ROUNDS, or its own number.
 * @throws RangeError when the variable isn't a whole number from 1.
 */
export function soakRounds(usual: number): number {
  return wholeNumber('STRONGROOM_SOAK_ROUNDS') ?? usual;
}

/**
 * From what the cases of a soak test follow: STRONGROOM_SOAK_SEED, or another one each time, printed.
 * @throws RangeError when the variable isn't a whole number from 1.
 */
export function soakSeed(): number {
  const seed = wholeNumber('STRONGROOM_SOAK_SEED') ?? randomInt(1, 2 ** 31);
  console.log(`STRONGROOM_SOAK_SEED=${seed}`);
  return seed;
}

function wholeNumber(name: string): number | undefined {
  const wanted = process.env[name];
  if (wanted === undefined) return undefined;
  if (!/^[1-9][0-9]{0,9}$/.test(wanted)) {
    throw new RangeError(`${name} must be a whole number from 1`);
  }
  return Number(wanted);
}
