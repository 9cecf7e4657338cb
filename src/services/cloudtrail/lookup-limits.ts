/** How much is looked up at once: each lookup may read some megabytes. */
import { CommonError } from '../../kernel/common-errors.js';
import type { RequestRates } from '../../runtime/request-rates.js';

/** Of an account in a Region. Source: CloudTrail API Reference, LookupEvents. */
const PER_SECOND = 2;
/** Of all accounts together. */
const MAX_IN_WORK = 4;

export class LookupLimits {
  readonly #rates: Pick<RequestRates, 'take'>;
  #inWork = 0;

  constructor(rates: Pick<RequestRates, 'take'>) {
    this.#rates = rates;
  }

  /** @throws CommonError ThrottlingException, else what `work` throws */
  async run<Result>(
    { accountId, region }: { readonly accountId: string; readonly region: string },
    work: () => Promise<Result>,
  ): Promise<Result> {
    const charge = { bucket: `${accountId} ${region}`, perSecond: PER_SECOND, amount: 1 };
    if (this.#inWork >= MAX_IN_WORK || this.#rates.take([charge])) {
      throw new CommonError('ThrottlingException', 'Rate exceeded');
    }
    this.#inWork += 1;
    try {
      return await work();
    } finally {
      this.#inWork -= 1;
    }
  }
}
