/** Why a PIN is not to be given to a token although its flags allow it: what the servers' database knows. */

import { randomBytes, randomUUID } from 'node:crypto';
import type { Config, TokenConfig } from '../../config/config.js';
import { type Database, isAway, isMissing, openDatabase } from '../../db/database.js';
import { StartError } from '../../kernel/start-error.js';
import { wallClock } from '../../kernel/time.js';
import { passwordStanding } from '../../services/kms/stores/password-standing.js';
import { PinTries } from '../../services/kms/stores/pin-tries.js';

/**
 * Whether the PIN that is at hand is a password that was refused can't be told: the database has only
 * sealed ones, whose key is in the root token. So a refused password that is still set bars every PIN.
 * @throws StartError when the database doesn't answer: what it knows is not known then
 */
export async function knownRefusals(config: Config, token: TokenConfig): Promise<string[]> {
  const known = await withTries(config, token, passwordStanding);
  if (!known) return [];
  return [
    ...(known.refusedOf === undefined ? [] : [refused(known.refusedOf)]),
    ...(known.tooMany ? [TOO_MANY] : []),
    ...(known.isTried ? [TRIED] : []),
  ];
}

/**
 * Counts a PIN that the token refused with the passwords that servers tried: the counter of the token is
 * one. @throws StartError when the database doesn't answer
 */
export async function countRefusal(config: Config, token: TokenConfig): Promise<void> {
  await withTries(config, token, (database, tokenId) => {
    const owner = { nodeId: 'token command', incarnation: randomUUID() };
    const tries = new PinTries({ database, owner, wallClock: wallClock() });
    // It is no store's password, sealed: what stands for it is like no other.
    return tries.refused(tokenId, randomBytes(STAND_IN_BYTES));
  });
}

const STAND_IN_BYTES = 32;

/** Undefined where no server of this database knows of the token's PIN. */
async function withTries<Result>(
  { databaseUrl }: Config,
  { id, memberOf }: TokenConfig,
  work: (database: Database, tokenId: string) => Promise<Result>,
): Promise<Result | undefined> {
  const url = databaseUrl.reveal();
  // Of the root token's the login itself finds out.
  if (id === 'root' || isMissing({ url })) return undefined;
  try {
    const database = await openDatabase({ url });
    try {
      if (!(await database.schema.hasTable('pin_tries'))) return undefined;
      return await work(database, memberOf ?? id);
    } finally {
      await database.destroy();
    }
  } catch (error) {
    if (!isAway(error)) throw error;
    throw new StartError(`what the database knows of the PIN of ${id} can't be read or written`);
  }
}

const TOO_MANY =
  'the token refused several passwords since it took one, so no PIN is tried: find the right one out, and delete the rows of this token in the table refused_pins';

const TRIED =
  'a server is trying a password at this moment, or was killed while it did, so no PIN is tried: look at the state of the custom key store, and run this again';

function refused(store: string): string {
  return `the token refused the password of the custom key store ${store}, which is still set, so no PIN is tried: set the right one by UpdateCustomKeyStore first`;
}
