/**
 * Memory of the passwords that a token behind a custom key store refused. An HSM locks or wipes itself
 * after a few wrong PINs, and its counter belongs to everybody who has keys there: so a password is
 * tried once each time that somebody sets it, by whichever server, and after a few refusals none is tried
 * any more. They are counted by token, not by store: a new store has no more of them.
 */
import { createHash } from 'node:crypto';
import type { Database } from '../../../db/database.js';
import type { WallClock } from '../../../kernel/time.js';

interface Row {
  token_id: string;
  password_digest: string;
  refused_at: number | string;
}

/** Refusals that a token is asked for at most since a PIN was right; HSMs allow 10, the strictest fewer. */
export const MAX_REFUSED_PINS = 5;

export interface RefusedPinsOptions {
  readonly database: Database;
  readonly wallClock: WallClock;
}

export class RefusedPins {
  readonly #options: RefusedPinsOptions;

  constructor(options: RefusedPinsOptions) {
    this.#options = options;
  }

  /**
   * Whether the token may be given this password: not one that it refused, and none after too many.
   * @param sealedPassword a store's: another each time that a password is set, the same one even
   */
  async standing(
    tokenId: string,
    sealedPassword: Buffer,
  ): Promise<'untried' | 'refused' | 'too-many'> {
    const rows = await this.#rows(tokenId).limit(MAX_REFUSED_PINS);
    const digest = digestOf(sealedPassword);
    if (rows.some(({ password_digest: refused }) => refused === digest)) return 'refused';
    return rows.length < MAX_REFUSED_PINS ? 'untried' : 'too-many';
  }

  async remember(tokenId: string, sealedPassword: Buffer): Promise<void> {
    const { database, wallClock } = this.#options;
    await database<Row>('refused_pins').insert({
      token_id: tokenId,
      password_digest: digestOf(sealedPassword),
      refused_at: wallClock(),
    });
  }

  /** The token took a PIN: its counter has begun anew. */
  async forget(tokenId: string): Promise<void> {
    await this.#rows(tokenId).delete();
  }

  #rows(tokenId: string) {
    return this.#options.database<Row>('refused_pins').where({ token_id: tokenId });
  }
}

function digestOf(sealed: Buffer): string {
  return createHash('sha256').update(sealed).digest('hex');
}
