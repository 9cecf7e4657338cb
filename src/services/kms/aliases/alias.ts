/** Rules for alias names. Source: shared reference, lifecycle.md §5 and operations.md §10. */
import { AlreadyExists, Conflict, NotFound } from '../../../kernel/facts.js';
import { kmsError } from '../errors.js';
import { KeyGone } from '../keys/key-gone.js';
import { refuse } from '../refusals.js';

const PREFIX = 'alias/';
const RESERVED = 'alias/aws/';

/**
 * A name that may be made, retargeted or deleted by a customer.
 * @throws ServiceError ValidationException without the prefix and for a colon, which the member's own
 * pattern lets pass; NotAuthorizedException for AWS's names; InvalidAliasNameException for the bare
 * prefix.
 */
export function checkAliasName(name: string): void {
  if (!name.startsWith(PREFIX)) {
    throw refuse.validation(
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    );
  }
  if (name.startsWith(RESERVED)) throw kmsError('NotAuthorizedException', '');
  if (name === PREFIX) throw kmsError('InvalidAliasNameException', `Invalid alias name '${name}'`);
  if (name.includes(':')) {
    throw refuse.validation(`${name} contains invalid characters for an alias`);
  }
}

/** What a repository's fact about an alias is to a caller; anything else is passed through as it is. */
export function wordAlias(error: unknown, aliasArn: string): unknown {
  if (error instanceof AlreadyExists) return refuse.aliasExists(aliasArn);
  if (error instanceof Conflict) return refuse.aliasMoved(aliasArn);
  if (error instanceof KeyGone) return error;
  if (error instanceof NotFound) return refuse.aliasNotFound(aliasArn);
  return error;
}
