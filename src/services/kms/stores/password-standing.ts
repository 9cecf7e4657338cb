/** What the database knows of the passwords that a token was given, for who is about to give it a PIN. */
import type { Database } from '../../../db/database.js';
import { digestOf, MAX_REFUSED_PINS } from './pin-tries.js';

export interface PasswordStanding {
  /** Name of the custom key store whose password, as it is set now, the token refused. */
  readonly refusedOf: string | undefined;
  /** It refused so many that none is tried any more. */
  readonly tooMany: boolean;
  /** A server tries one now, or was killed while it did. */
  readonly isTried: boolean;
}

/** @param tokenId the CloudHsmClusterId; of several tokens behind one store, the first one's */
export async function passwordStanding(
  database: Database,
  tokenId: string,
): Promise<PasswordStanding> {
  const refused: string[] = await database('refused_pins')
    .where({ token_id: tokenId })
    .limit(MAX_REFUSED_PINS)
    .pluck('password_digest');
  const store = await database('custom_key_stores')
    .where({ cloud_hsm_cluster_id: tokenId })
    .whereNotNull('sealed_password')
    .first('name', 'sealed_password');
  const isRefused = store && refused.includes(digestOf(store.sealed_password));
  const trying = await database('pin_tries').where({ token_id: tokenId, state: 'trying' }).first();
  return {
    refusedOf: isRefused ? store.name : undefined,
    tooMany: refused.length >= MAX_REFUSED_PINS,
    isTried: trying !== undefined,
  };
}
