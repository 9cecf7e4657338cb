/** Resource quotas. Source: AWS KMS Developer Guide, "Resource quotas". */
import { QuotaExceeded } from '../../../kernel/facts.js';
import type { ServiceError } from '../../../kernel/service-error.js';
import { refuse } from '../refusals.js';

/** How many there may be: the setting `quotas`, whose defaults are AWS's own values. */
export interface Quotas {
  /** Customer managed keys of an account in a Region, whatever their state. */
  readonly keysPerRegion: number;
  readonly aliasesPerKey: number;
  readonly grantsPerKey: number;
  /** Custom key stores of an account in a Region. */
  readonly customKeyStores: number;
  /** Octets of a key policy. */
  readonly policyBytes: number;
}

type Quota = keyof Quotas;

const WORDS: Readonly<Record<Quota, (limit: number) => string>> = {
  keysPerRegion: (limit) =>
    `The account has ${limit} KMS keys in this Region, the most it may have.`,
  aliasesPerKey: (limit) => `The key has ${limit} aliases, the most it may have.`,
  grantsPerKey: (limit) => `The key has ${limit} grants, the most it may have.`,
  customKeyStores: (limit) =>
    `The account has ${limit} custom key stores in this Region, the most it may have.`,
  policyBytes: (limit) => `The key policy is larger than ${limit} bytes.`,
};

/**
 * @param total how many there would be
 * @throws QuotaExceeded
 */
export function requireQuota<Name extends Quota>(
  quota: Name,
  total: number,
  quotas: Pick<Quotas, Name>,
): void {
  if (total > quotas[quota]) throw new QuotaExceeded(quota, quotas[quota]);
}

/** What an exceeded quota is to a caller: LimitExceededException. */
export function quotaRefusal(quota: Quota, limit: number): ServiceError {
  return refuse.limitExceeded(WORDS[quota](limit));
}

/** Anything that isn't an exceeded quota of KMS is passed through as it is. */
export function wordQuota(error: unknown): unknown {
  if (!(error instanceof QuotaExceeded) || !isQuota(error.quota)) return error;
  return quotaRefusal(error.quota, error.limit);
}

function isQuota(name: string): name is Quota {
  return Object.hasOwn(WORDS, name);
}
