import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; from a software Encrypt to a call that waited for its token's replacement. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What `/metrics` shows, in Prometheus's text format. Labels are operation names and error codes only. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'strongroom_requests_total',
    help: 'Calls answered, by operation and error code (OK when there was none).',
    labelNames: ['operation', 'code'] as const,
    registers: [this.#registry],
  });
  readonly #duration = new Histogram({
    name: 'strongroom_request_duration_seconds',
    help: 'Time from a call read to its answer recorded.',
    labelNames: ['operation'] as const,
    buckets: BUCKETS,
    registers: [this.#registry],
  });

  /**
   * @param sources read when the metrics are: calls in work, whether the root token is usable, how often
   * a row's seal was broken
   */
  constructor(sources: {
    inFlight: () => number;
    ready: () => boolean;
    brokenSeals: () => number;
  }) {
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('strongroom_requests_in_flight', 'Calls in work now.', sources.inFlight);
    this.#gauge('strongroom_root_token_usable', '1 while the root token is usable.', () =>
      Number(sources.ready()),
    );
    this.#gauge(
      'strongroom_broken_seals',
      'Times that a row of the database was read since the start and was not as it was written.',
      sources.brokenSeals,
    );
  }

  /** One call has been answered. */
  answered(operation: string, code: string, milliseconds: number): void {
    this.#requests.inc({ operation, code });
    this.#duration.observe({ operation }, milliseconds / 1000);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #gauge(name: string, help: string, value: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(value());
      },
    });
  }
}
