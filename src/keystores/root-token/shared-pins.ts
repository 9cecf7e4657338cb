/**
 * What all servers of a database know of the root token's PINs, so that they try one once in all and not
 * once each. It is read before anything can be unsealed; so there are hashes only, and of a PIN that is or
 * may be right no more than an octet of its hash, which is of no use to who wants to find it.
 */
const TOKEN_ID = 'root';

/** Digits of the octet. */
const HINT_DIGITS = 2;

export interface PinMark {
  readonly digest: string;
  readonly hint: string;
  readonly isProven: boolean;
}

/** `unknown`: nobody knows what the token said, which counts as refused. */
export type PinOutcome = 'good' | 'refused' | 'unknown' | 'untried';

/** A PIN that this server alone tries, until it has settled what came of it. */
export interface SharedTry {
  /** @returns false when the others have taken the try for lost */
  settle(outcome: PinOutcome, isCancelled: () => boolean): Promise<boolean>;
}

/** The table of them; see `PinTries`. */
export interface PinTable {
  leave(
    tokenId: string,
    mark: PinMark,
    isCancelled: () => boolean,
  ): Promise<'good' | 'refused' | 'too-many' | 'cancelled' | SharedTry>;
  refused(tokenId: string, mark: PinMark, outcome: 'refused' | 'unknown'): Promise<void>;
  proved(tokenId: string, mark: PinMark): Promise<void>;
  forget(tokenId: string): Promise<void>;
}

/** What the others know of one PIN, which may be zeroed meanwhile. */
export interface SharedPin {
  /**
   * Whether the token may be given it. Waits while another server tries one.
   * @param isCancelled asked between two looks
   */
  leave(isCancelled: () => boolean): ReturnType<PinTable['leave']>;
  /** A login with it, when it was known to be right, was refused, or may have been. */
  refused(outcome: 'refused' | 'unknown'): Promise<void>;
  /** The token has taken it, whatever the others think. */
  proved(): Promise<void>;
}

export class SharedPins {
  readonly #table: PinTable;
  readonly #digestOf: (pin: Buffer) => Buffer;

  /** @param digestOf a hash that is slow to guess PINs by, salted with the database's salt */
  constructor(table: PinTable, digestOf: (pin: Buffer) => Buffer) {
    this.#table = table;
    this.#digestOf = digestOf;
  }

  /** @param isProven this server knows by itself that it is right */
  of(pin: Buffer, isProven = false): SharedPin {
    const table = this.#table;
    const digest = this.#digestOf(pin).toString('hex');
    const mark = { digest, hint: digest.slice(0, HINT_DIGITS), isProven };
    return {
      leave: (isCancelled) => table.leave(TOKEN_ID, mark, isCancelled),
      refused: (outcome) => table.refused(TOKEN_ID, mark, outcome),
      proved: () => table.proved(TOKEN_ID, mark),
    };
  }

  /** What was refused may be tried again, once. */
  async forget(): Promise<void> {
    await this.#table.forget(TOKEN_ID);
  }
}
