/**
 * What a room below the services found out, without words for anybody outside: whoever asked answers
 * its caller in the words of its own service.
 */

/** There is no such thing. */
export class NotFound extends Error {
  override readonly name = 'NotFound';
}

/** There is one already. */
export class AlreadyExists extends Error {
  override readonly name = 'AlreadyExists';
}

/** Somebody else changed it meanwhile. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

/** There would be more than there may be. */
export class QuotaExceeded extends Error {
  override readonly name = 'QuotaExceeded';
  /** The quota's name in the settings. */
  readonly quota: string;
  /** How many there may be. */
  readonly limit: number;

  constructor(quota: string, limit: number) {
    super(`the quota ${quota} is ${limit}`);
    this.quota = quota;
    this.limit = limit;
  }
}
