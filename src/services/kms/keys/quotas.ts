/** Resource quotas. Source: AWS KMS Developer Guide, "Resource quotas". */
import { refuse } from '../refusals.js';

/** How many there may be; configurable, with AWS's values as defaults. */
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

/** AWS's own values. */
export const AWS_QUOTAS: Quotas = {
  keysPerRegion: 100_000,
  aliasesPerKey: 50,
  grantsPerKey: 50_000,
  customKeyStores: 10,
  policyBytes: 32_768,
};

/** @throws ServiceError LimitExceededException */
export function checkKeyQuota(total: number, { keysPerRegion }: Quotas): void {
  if (total > keysPerRegion) {
    throw refuse.limitExceeded(
      `The account has ${keysPerRegion} KMS keys in this Region, the most it may have.`,
    );
  }
}

/** @throws ServiceError LimitExceededException */
export function checkAliasQuota(total: number, { aliasesPerKey }: Quotas): void {
  if (total > aliasesPerKey) {
    throw refuse.limitExceeded(`The key has ${aliasesPerKey} aliases, the most it may have.`);
  }
}
