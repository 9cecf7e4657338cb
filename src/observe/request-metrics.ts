import { boundedLabel } from './bounded-label.js';
import type { CounterOf, HistogramOf, Metrics } from './metrics.js';

/** How a call ended. */
export interface Answered {
  readonly service: string;
  readonly operation: string;
  /** `OK`, or the error's. */
  readonly code: string;
  readonly outcome: 'ok' | 'refused' | 'failed';
  /** `software` or the custom key store of the key it was about; undefined: it came to no key. */
  readonly store: string | undefined;
}

/** Custom key stores may come and go. */
const MAX_STORES = 128;

/** The calls of all services as they are answered. */
export class RequestMetrics {
  readonly #countOf: CounterOf<'strongroom_requests_total'>;
  readonly #durationOf: HistogramOf<'strongroom_request_duration_seconds'>;
  readonly #storeDurationOf: HistogramOf<'strongroom_key_store_request_duration_seconds'>;
  readonly #storeLabel = boundedLabel(MAX_STORES);
  /** Series that are met again, by their labels: to find one of them costs more. */
  readonly #counts = new Map<string, { inc(): void }>();
  readonly #durations = new Map<string, { observe(seconds: number): void }>();
  readonly #storeDurations = new Map<string, { observe(seconds: number): void }>();

  constructor(metrics: Metrics) {
    this.#countOf = metrics.counter('strongroom_requests_total');
    this.#durationOf = metrics.histogram('strongroom_request_duration_seconds');
    this.#storeDurationOf = metrics.histogram('strongroom_key_store_request_duration_seconds');
  }

  /** One call has been answered. */
  answered({ service, operation, code, outcome, store }: Answered, milliseconds: number): void {
    const seconds = milliseconds / 1000;
    const id = `${service}:${operation}`;
    kept(this.#counts, `${id}:${code}`, () =>
      this.#countOf({ service, operation, code, outcome }),
    ).inc();
    kept(this.#durations, id, () => this.#durationOf({ service, operation })).observe(seconds);
    if (store === undefined) return;
    const label = this.#storeLabel(store);
    kept(this.#storeDurations, `${label}:${outcome}`, () =>
      this.#storeDurationOf({ store: label, outcome }),
    ).observe(seconds);
  }
}

function kept<Series>(known: Map<string, Series>, name: string, make: () => Series): Series {
  const found = known.get(name);
  if (found) return found;
  const made = make();
  known.set(name, made);
  return made;
}
