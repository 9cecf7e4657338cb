/** Callers that go on until they are told to stop, or one of them fails. */
export class Load {
  readonly errors: unknown[] = [];
  answers = 0;
  readonly #callers: Promise<void>[];
  readonly #waiting = new Set<() => void>();
  #running = true;

  constructor(callers: number, call: () => Promise<void>) {
    this.#callers = Array.from({ length: callers }, () => this.#go(call));
  }

  /** Settles after this many more answers, or the first error. */
  async answered(more: number): Promise<void> {
    const wanted = this.answers + more;
    while (this.answers < wanted && this.errors.length === 0) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Lets the calls in flight end. */
  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#callers);
  }

  async #go(call: () => Promise<void>): Promise<void> {
    while (this.#running && this.errors.length === 0) {
      try {
        await call();
        this.answers += 1;
      } catch (error) {
        this.errors.push(error);
      }
      for (const resolve of this.#waiting) resolve();
      this.#waiting.clear();
    }
  }
}
