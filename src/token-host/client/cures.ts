import type { ArgumentsOf, CallName } from '../protocol/token-calls.js';

/** The calls that are made for others. */
export type CureCallName = Extract<CallName, 'findObject' | 'logIn' | 'loadKey' | 'unloadKey'>;

/** Makes a call that other calls wait for. */
export type MakeCure = <Name extends CureCallName>(
  name: Name,
  ckaId: string,
  args: ArgumentsOf<Name>,
) => Promise<unknown>;

/** Searches, logins and loads under way: each is made once for all who wait for it. */
export class Cures {
  readonly #running = new Map<string, Promise<unknown>>();
  readonly make: MakeCure;

  constructor(make: MakeCure) {
    this.make = make;
  }

  has(matter: string): boolean {
    return this.#running.has(matter);
  }

  /** Begins a cure for this matter, or joins the one under way. */
  once(matter: string, cure: () => Promise<unknown>): Promise<unknown> {
    const running = this.#running.get(matter);
    if (running !== undefined) return running;
    // Known before it begins: what it does may bring the next who asks for it.
    const started = Promise.resolve()
      .then(cure)
      .finally(() => this.#running.delete(matter));
    this.#running.set(matter, started);
    return started;
  }

  /** Has the management thread make sure of the login. */
  logIn(): Promise<unknown> {
    return this.once('login', () => this.make('logIn', '', undefined));
  }
}
