import { mayHaveCostATry, saysWrongPin } from '../protocol/return-codes.js';

/**
 * What the logins of a client say of its PIN.
 *
 * - `untried`: the token has not looked at it.
 * - `unclear`: it may have cost one of the token's tries, and nobody knows what came of it.
 * - `good`: the token took it.
 * - `refused`: the token says that it is wrong.
 */
export type PinStanding = 'untried' | 'unclear' | 'good' | 'refused';

/** Keeps account of the logins with one PIN, over all hosts of a client. */
export class PinRecord {
  #standing: PinStanding = 'untried';
  /** As it was before the login that is under way. */
  #before: PinStanding = 'untried';

  get standing(): PinStanding {
    return this.#standing;
  }

  /** C_Login comes next: whoever hears no more of it has to take the PIN for spent. */
  begun(): void {
    this.#before = this.#standing;
    this.#standing = 'unclear';
  }

  succeeded(): void {
    this.#standing = 'good';
  }

  /** @param rv what C_Login answered */
  failed(rv: number): void {
    if (saysWrongPin(rv)) this.#standing = 'refused';
    else if (!mayHaveCostATry(rv)) this.#standing = this.#before;
  }
}
