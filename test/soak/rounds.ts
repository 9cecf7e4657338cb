/**
 * How many rounds a soak test goes: STRONGROOM_SOAK_ROUNDS, or its own number.
 * @throws RangeError when the variable isn't a whole number from 1.
 */
export function soakRounds(usual: number): number {
  const wanted = process.env.STRONGROOM_SOAK_ROUNDS;
  if (wanted === undefined) return usual;
  if (!/^[1-9][0-9]{0,6}$/.test(wanted)) {
    throw new RangeError('STRONGROOM_SOAK_ROUNDS must be a whole number from 1');
  }
  return Number(wanted);
}
