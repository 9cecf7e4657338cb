import { InvalidMarker } from '../../declare/pages.js';
import { AlreadyExists, NotFound, QuotaExceeded } from '../../kernel/facts.js';
import type { ServiceError } from '../../kernel/service-error.js';
import { iamError } from './errors.js';

/** IAM's words for what its repositories and rules find out; undefined: it is no such fact. */
export function wordFact(error: unknown): ServiceError | undefined {
  if (error instanceof NotFound) {
    return iamError('NoSuchEntity', `The ${error.message} cannot be found.`);
  }
  if (error instanceof AlreadyExists) {
    return iamError('EntityAlreadyExists', `${error.message} already exists.`);
  }
  if (error instanceof QuotaExceeded) {
    return iamError('LimitExceeded', `Cannot exceed quota for ${error.quota}: ${error.limit}`);
  }
  if (error instanceof InvalidMarker) return iamError('InvalidInput', 'Invalid Marker.');
  return undefined;
}
