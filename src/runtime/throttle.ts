import { throttled } from '../kernel/common-errors.js';

/** Bounds the calls in work at once, so that a slow token can't fill the memory with waiting ones. */
export class Throttle {
  readonly #maxInFlight: number;
  #inFlight = 0;

  constructor(maxInFlight: number) {
    this.#maxInFlight = maxInFlight;
  }

  /** @throws CommonError ThrottlingException */
  enter(): void {
    if (this.#inFlight >= this.#maxInFlight) throw throttled();
    this.#inFlight += 1;
  }

  leave(): void {
    this.#inFlight -= 1;
  }

  get inFlight(): number {
    return this.#inFlight;
  }
}
