/** Whose MFA device it is. */
import type { Caller } from '../../../authz/model.js';
import { NotFound } from '../../../kernel/facts.js';
import type { DirectoryReader, DirectoryTransaction } from '../directory/directory.js';
import { requireEntity, userNameOf } from '../directory/entity-rules.js';

/** The unique id of the user that is meant, or the account's for its root user. */
export async function holderOf(
  input: { readonly UserName?: string | undefined },
  caller: Caller,
  directory: DirectoryReader,
): Promise<string> {
  if (input.UserName === undefined && caller.type === 'Account') return caller.accountId;
  const name = userNameOf(input, caller);
  return (await requireEntity(directory, 'user', caller.accountId, name)).uniqueId;
}

/** @param holder as `holderOf` has found it before. @throws NotFound when the user is gone */
export async function requireHolder(
  transaction: DirectoryTransaction,
  accountId: string,
  holder: string,
): Promise<void> {
  if (holder === accountId || (await transaction.findById(holder))) return;
  throw new NotFound(`user with id ${holder}`);
}
