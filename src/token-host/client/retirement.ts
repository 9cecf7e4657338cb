/** How long running calls may take to end before the library is started afresh. */
const DRAIN_MS = 1000;

/** How long a host that is of no use may take to finalize its library and end. */
const FINALIZE_MS = 500;

/**
 * The end of a host that is of no use any more: what runs may end, then it finalizes its library, as an HSM
 * would keep the sessions of a process that was killed. Each of both is bounded.
 */
export class Retirement {
  readonly #finalize: () => void;
  readonly #end: () => void;
  #timer: NodeJS.Timeout;

  /**
   * @param finalize asks the host to end
   * @param end the host hasn't ended by itself
   */
  constructor(finalize: () => void, end: () => void) {
    this.#finalize = finalize;
    this.#end = end;
    this.#timer = setTimeout(() => this.idle(), DRAIN_MS);
  }

  /** Nothing runs in the host any more. */
  idle(): void {
    clearTimeout(this.#timer);
    this.#finalize();
    this.#timer = setTimeout(() => this.#end(), FINALIZE_MS);
  }

  /** The host has ended. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
