import { throttled } from '../../../kernel/common-errors.js';
import type { RequestRates } from '../../../runtime/request-rates.js';
import type { KmsCall } from '../call.js';
import { chargesOf } from '../request-quotas.js';

export interface SpendQuotaPorts {
  /** Undefined where no request quota is on. */
  readonly requestQuotas:
    | {
        readonly rates: RequestRates;
        /** Calls a second; undefined: as many as there are. */
        readonly perSecond: (quota: string, region: string) => number | undefined;
        /** Told of each refusal. */
        readonly refused: (quota: string) => void;
      }
    | undefined;
}

/** Charges the call to its request quotas. @throws CommonError ThrottlingException when one is used up */
export function spendQuota(call: KmsCall, { requestQuotas }: SpendQuotaPorts): void {
  if (!requestQuotas) return;
  const { rates, perSecond, refused } = requestQuotas;
  const charges = chargesOf(call).flatMap(({ quota, amount, region, whose }) => {
    const rate = perSecond(quota, region);
    if (rate === undefined) return [];
    return [{ quota, bucket: `${quota} ${region} ${whose}`, perSecond: rate, amount }];
  });
  const exceeded = rates.take(charges);
  if (!exceeded) return;
  refused(exceeded.quota);
  throw throttled();
}
