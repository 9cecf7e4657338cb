import { InvalidMarker } from '../../declare/pages.js';
import { AlreadyExists, NotFound, QuotaExceeded } from '../../kernel/facts.js';
import type { ServiceError } from '../../kernel/service-error.js';
import { SessionTooLarge } from './credentials/session-token.js';
import { HasBelongings } from './directory/belongings.js';
import { conflict } from './directory/entity-rules.js';
import { iamError } from './errors.js';

/** IAM's words for what its repositories and rules find out; undefined: it is no such fact. */
export function wordFact(error: unknown): ServiceError | undefined {
  if (error instanceof NotFound) {
    return iamError('NoSuchEntity', `The ${error.message} cannot be found.`);
  }
  if (error instanceof AlreadyExists) {
    return iamError('EntityAlreadyExists', `${error.message} already exists.`);
  }
  if (error instanceof HasBelongings) return conflict(error.message);
  if (error instanceof QuotaExceeded) {
    return iamError('LimitExceeded', `Cannot exceed quota for ${error.quota}: ${error.limit}`);
  }
  if (error instanceof SessionTooLarge) {
    const { of, size, limit } = error;
    const what = { token: 'session token', text: 'unpacked session policies and tags' }[of];
    return iamError(
      'PackedPolicyTooLarge',
      `The size of the ${what} is ${size} bytes, which exceeds the maximum of ${limit} bytes.`,
    );
  }
  if (error instanceof InvalidMarker) return iamError('InvalidInput', 'Invalid Marker.');
  return undefined;
}
