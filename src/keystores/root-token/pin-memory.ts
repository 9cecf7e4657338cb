/** What is known of a token's PINs, here and by the other servers of the database, and what is learned of them. */
import type { RefusedPin } from './refused-pin.js';
import type { PinOutcome, SharedPin, SharedPins, SharedTry } from './shared-pins.js';

/** Why the token is not to be given a PIN. */
export interface Refusal {
  readonly why: 'refused' | 'too-many';
  /** What an operator does to have it tried all the same. */
  readonly remedy: string;
}

/** A PIN that the token may be given now. */
export interface PinAttempt {
  /**
   * Notes what came of it.
   * @param isCancelled whether a database that is away is waited for no longer: the attempt then counts as
   * refused for the others
   */
  end(outcome: PinOutcome, isCancelled: () => boolean): Promise<void>;
}

export class PinMemory {
  readonly #own: RefusedPin;
  readonly #shared: SharedPins | undefined;

  /** @param shared what the servers of the database know, where there may be several */
  constructor(own: RefusedPin, shared?: SharedPins) {
    this.#own = own;
    this.#shared = shared;
  }

  /**
   * Whether the token may be given this PIN, which is then as good as tried: whoever kills this server
   * before the attempt has ended has it tried. Waits while another server tries one.
   */
  async begin(pin: Buffer, isCancelled: () => boolean): Promise<PinAttempt | Refusal> {
    if (await this.#own.takeConsent()) {
      await this.#own.forget();
      await this.#shared?.forget();
    }
    const standing = await this.#own.standing(pin);
    if (standing !== 'untried') {
      return { why: standing, remedy: `remove ${this.#own.file}` };
    }
    const isProven = await this.#own.isProven(pin);
    const shared = this.#shared?.of(pin, isProven);
    const leave = await shared?.leave(isCancelled);
    if (leave === 'refused' || leave === 'too-many' || leave === 'cancelled') {
      const why = leave === 'too-many' ? leave : 'refused';
      return { why, remedy: `make the file ${this.#own.consentFile}` };
    }
    const isKnown = isProven || leave === 'good';
    if (!isKnown) await this.#own.remember(pin);
    return {
      end: async (outcome, isOver) => {
        await this.#noteHere(pin, outcome, isKnown);
        if (shared && leave) await noteForAll(shared, outcome, leave, isOver);
      },
    };
  }

  /** A PIN that was right is refused, or nobody knows. */
  async refusedLater(pin: Buffer, outcome: 'refused' | 'unknown'): Promise<void> {
    const shared = this.#shared?.of(pin);
    await this.#own.remember(pin);
    await shared?.refused(outcome);
  }

  /** The token took a PIN that has been tried: no other counts as refused any more. */
  async takenAgain(): Promise<void> {
    await this.#own.forget();
  }

  /** The token took this PIN, and it is the database's. */
  async prove(pin: Buffer): Promise<void> {
    await this.#own.prove(pin);
  }

  async #noteHere(pin: Buffer, outcome: PinOutcome, isKnown: boolean): Promise<void> {
    if (outcome === 'good') await this.#own.forget();
    else if (outcome === 'untried' && !isKnown) await this.#own.withdraw();
    else if (outcome !== 'untried' && isKnown) await this.#own.remember(pin);
  }
}

async function noteForAll(
  shared: SharedPin,
  outcome: PinOutcome,
  leave: 'good' | SharedTry,
  isCancelled: () => boolean,
): Promise<void> {
  const isSettled = leave !== 'good' && (await leave.settle(outcome, isCancelled));
  // A try that was taken for lost counts as refused, and was not.
  if (outcome === 'good' && !isSettled) await shared.proved();
  const isRefused = outcome === 'refused' || outcome === 'unknown';
  if (leave === 'good' && isRefused) await shared.refused(outcome);
}
