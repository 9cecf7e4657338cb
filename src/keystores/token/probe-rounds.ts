import { type BackOff, backOff } from '../../kernel/back-off.js';

/** Beside `confirmAfterMs`: from one round to the next, while something is unknown. */
const BETWEEN: BackOff = { firstMs: 500, maxMs: 300_000 };

/** After so many rounds what is still unknown is only tried when it is asked for. */
const MOST_ROUNDS = 16;

/** When a token is tried again, in milliseconds. */
export interface ProbePace {
  /** From a doubtful answer to when it counts if it comes again. */
  readonly confirmAfterMs: number;
  /** From the end of a round to one for a new host: a host that dies over and over isn't probed each time. */
  readonly againMs: number;
}

export interface ProbeRoundsOptions {
  /** @param all what is known is tried again, too. Never rejects. */
  readonly round: (all: boolean) => Promise<void>;
  readonly isDecided: () => boolean;
  readonly pace: ProbePace;
}

/** When a token is probed: one round at a time, the next of them later and later. */
export class ProbeRounds {
  readonly #options: ProbeRoundsOptions;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #begun = false;
  #all = true;
  #rounds = 0;
  #endedAt = 0;
  #stopped = false;

  constructor(options: ProbeRoundsOptions) {
    this.#options = options;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Runs a round now, or joins the one that runs. */
  start(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Everything is to be tried again. A replacement during a round may be the round's own doing. */
  again(): void {
    if (this.#stopped || !this.#begun || this.#running) return;
    this.#all = true;
    this.#rounds = 0;
    this.#schedule(Math.max(0, this.#endedAt + this.#options.pace.againMs - performance.now()));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    clearTimeout(this.#timer);
    this.#begun = true;
    const all = this.#all;
    this.#all = false;
    await this.#options.round(all);
    this.#running = undefined;
    this.#endedAt = performance.now();
    this.#rounds += 1;
    if (this.#options.isDecided() || this.#rounds >= MOST_ROUNDS) return;
    this.#schedule(this.#options.pace.confirmAfterMs + backOff(BETWEEN, this.#rounds));
  }

  #schedule(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => void this.start(), ms);
    this.#timer.unref();
  }
}
