/** Why a PIN is not to be given to a token although its flags allow it: what the servers' database knows. */
import type { Config, TokenConfig } from '../../config/config.js';
import { isAway, isMissing, openDatabase } from '../../db/database.js';
import { StartError } from '../../kernel/start-error.js';
import { passwordStanding } from '../../services/kms/stores/password-standing.js';

/**
 * Whether the PIN that is at hand is a password that was refused can't be told: the database has only
 * sealed ones, whose key is in the root token. So a refused password that is still set bars every PIN.
 * @throws StartError when the database doesn't answer: what it knows is not known then
 */
export async function knownRefusals(
  { databaseUrl }: Config,
  { id, memberOf }: TokenConfig,
): Promise<string[]> {
  const url = databaseUrl.reveal();
  // The root token's PIN is the matter of each data directory.
  if (id === 'root' || isMissing({ url })) return [];
  try {
    const database = await openDatabase({ url });
    try {
      if (!(await database.schema.hasTable('pin_tries'))) return [];
      const { refusedOf, tooMany, isTried } = await passwordStanding(database, memberOf ?? id);
      return [
        ...(refusedOf === undefined ? [] : [refused(refusedOf)]),
        ...(tooMany ? [TOO_MANY] : []),
        ...(isTried ? [TRIED] : []),
      ];
    } finally {
      await database.destroy();
    }
  } catch (error) {
    if (!isAway(error)) throw error;
    throw new StartError(
      `what the database knows of the PIN of ${id} can't be read, so no PIN is tried`,
    );
  }
}

const TOO_MANY =
  'the token refused several passwords since it took one, so no PIN is tried: find the right one out, and delete the rows of this token in the table refused_pins';

const TRIED =
  'a server is trying a password at this moment, or was killed while it did, so no PIN is tried: look at the state of the custom key store, and run this again';

function refused(store: string): string {
  return `the token refused the password of the custom key store ${store}, which is still set, so no PIN is tried: set the right one by UpdateCustomKeyStore first`;
}
