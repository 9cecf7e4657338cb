/**
 * Memory of the PINs that a token behind a custom key store refused. An HSM locks or wipes itself after
 * a few wrong PINs, and its counter belongs to everybody who has keys there: so a PIN is tried once,
 * by whichever server, and after a few wrong ones none is tried any more. It is about the token, not
 * the store: neither a new connection nor a new store has new tries.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Database } from '../../../db/database.js';
import { refusedPinLocation, type Sealer } from '../../../kernel/sealing.js';
import type { WallClock } from '../../../kernel/time.js';

interface Row {
  id: number;
  token_id: string;
  sealed_pin: Buffer;
  refused_at: number | string;
}

/** Wrong PINs that a token is given at most since one was right; HSMs allow 10, the strictest fewer. */
export const MAX_REFUSED_PINS = 5;
const SEAL_TIMEOUT_MS = 60_000;

export interface RefusedPinsOptions {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly wallClock: WallClock;
}

export class RefusedPins {
  readonly #options: RefusedPinsOptions;

  constructor(options: RefusedPinsOptions) {
    this.#options = options;
  }

  /** Whether the token may be given this PIN: not one that it refused, and none after too many. */
  async standing(tokenId: string, pin: Buffer): Promise<'untried' | 'refused' | 'too-many'> {
    const rows = await this.#rows(tokenId).orderBy('id').limit(MAX_REFUSED_PINS);
    for (const { sealed_pin: sealed } of rows) {
      if (await this.#same(tokenId, sealed, pin)) return 'refused';
    }
    return rows.length < MAX_REFUSED_PINS ? 'untried' : 'too-many';
  }

  async remember(tokenId: string, pin: Buffer): Promise<void> {
    const { database, sealer, wallClock } = this.#options;
    const location = refusedPinLocation(tokenId);
    const sealed = await sealer.seal(pin, location, wallClock() + SEAL_TIMEOUT_MS);
    await database('refused_pins').insert({
      token_id: tokenId,
      sealed_pin: sealed,
      refused_at: wallClock(),
    });
  }

  /** The token took a PIN: its counter has begun anew. */
  async forget(tokenId: string): Promise<void> {
    await this.#rows(tokenId).delete();
  }

  async #same(tokenId: string, sealed: Buffer, pin: Buffer): Promise<boolean> {
    const { sealer, wallClock } = this.#options;
    const location = refusedPinLocation(tokenId);
    const refused = await sealer.open(sealed, location, wallClock() + SEAL_TIMEOUT_MS);
    try {
      return refused.length === pin.length && timingSafeEqual(refused, pin);
    } finally {
      refused.fill(0);
    }
  }

  #rows(tokenId: string) {
    return this.#options.database<Row>('refused_pins').where({ token_id: tokenId });
  }
}
