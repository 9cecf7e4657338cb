/** How much is looked up at once: each lookup may read some megabytes. */
import { CommonError } from '../../kernel/common-errors.js';
import type { WallClock } from '../../kernel/time.js';

/** Of an account in a Region. Source: CloudTrail API Reference, LookupEvents. */
const PER_SECOND = 2;
/** Of all accounts together. */
const MAX_IN_WORK = 4;

export class LookupLimits {
  readonly #wallClock: WallClock;
  /** By account and Region: the configured ones are all that there can be. */
  readonly #left = new Map<string, { tokens: number; at: number }>();
  #inWork = 0;

  constructor(wallClock: WallClock) {
    this.#wallClock = wallClock;
  }

  /** @throws CommonError ThrottlingException, else what `work` throws */
  async run<Result>(
    { accountId, region }: { readonly accountId: string; readonly region: string },
    work: () => Promise<Result>,
  ): Promise<Result> {
    if (this.#inWork >= MAX_IN_WORK || !this.#admits(`${accountId} ${region}`)) {
      throw new CommonError('ThrottlingException', 'Rate exceeded');
    }
    this.#inWork += 1;
    try {
      return await work();
    } finally {
      this.#inWork -= 1;
    }
  }

  #admits(account: string): boolean {
    const now = this.#wallClock();
    const left = this.#left.get(account) ?? { tokens: PER_SECOND, at: now };
    // A clock that was set back refills nothing, and takes nothing away.
    const refilled = left.tokens + (Math.max(0, now - left.at) / 1000) * PER_SECOND;
    const tokens = Math.min(PER_SECOND, refilled);
    const isAdmitted = tokens >= 1;
    this.#left.set(account, { tokens: isAdmitted ? tokens - 1 : tokens, at: now });
    return isAdmitted;
  }
}
