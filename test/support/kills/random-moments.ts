import { createHash, randomInt } from 'node:crypto';

/** Numbers that a printed seed repeats: STRONGROOM_TEST_SEED=<seed> draws the same again. */
export class RandomMoments {
  readonly seed: string;
  #drawn = 0;

  constructor(seed = process.env.STRONGROOM_TEST_SEED ?? String(randomInt(2 ** 31))) {
    this.seed = seed;
    process.stderr.write(`random moments: STRONGROOM_TEST_SEED=${seed}\n`);
  }

  /** A whole number from 0 to below `limit`, which is at most 2^32. */
  below(limit: number): number {
    this.#drawn += 1;
    const digest = createHash('sha256').update(`${this.seed}/${this.#drawn}`).digest();
    return Math.floor((digest.readUInt32BE(0) / 2 ** 32) * limit);
  }

  /** Lets a random part of `limitMs` milliseconds go by. */
  async pass(limitMs: number): Promise<void> {
    const ms = this.below(limitMs);
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}
