import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds; from a software Encrypt to a call that waited for its token's replacement. */
export const BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** What is known of the slow key pairs of a spec. */
export interface KeyPairFacts {
  readonly keySpec: string;
  /** In the stock now. */
  readonly ready: number;
  /** Since the start, by what became of them. */
  readonly stocked: number;
  readonly made: number;
  readonly dropped: number;
}

/** Read when the metrics are. */
export interface MetricSources {
  /** Calls in work. */
  readonly inFlight: () => number;
  /** Whether the root token is usable. */
  readonly ready: () => boolean;
  /** How often a row's seal was broken. */
  readonly brokenSeals: () => number;
  /** Calls that wait for a slow key pair. */
  readonly waitingForPairs: () => number;
  readonly keyPairs: () => Iterable<KeyPairFacts>;
  /** Encryptions by AES keys of tokens that were used since the start, and the most of any. */
  readonly invocations: { readonly most: number; readonly wearing: number };
  /** What is measured of the tokens. */
  readonly tokens: { text(): Promise<string> };
}

/**
 * What `/metrics` shows, in Prometheus's text format. Labels are operation names, error codes, key
 * specs, and what `TokenMetrics` has.
 */
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

  readonly #tokens: MetricSources['tokens'];

  constructor(sources: MetricSources) {
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
    this.#gauge(
      'strongroom_key_pairs_waiting',
      'Calls that wait for an RSA key pair to be made.',
      sources.waitingForPairs,
    );
    const { invocations } = sources;
    this.#gauge(
      'strongroom_token_key_invocations_most',
      'AES-GCM encryptions reserved of the token key used since the start that has most; at 2^32 it encrypts no more.',
      () => invocations.most,
    );
    this.#gauge(
      'strongroom_token_keys_wearing_out',
      'Token keys used since the start with 2^31 AES-GCM encryptions or more: rotate or replace them.',
      () => invocations.wearing,
    );
    this.#keyPairs(sources.keyPairs);
    this.#tokens = sources.tokens;
  }

  /** One call has been answered. */
  answered(operation: string, code: string, milliseconds: number): void {
    this.#requests.inc({ operation, code });
    this.#duration.observe({ operation }, milliseconds / 1000);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    return `${await this.#registry.metrics()}\n${await this.#tokens.text()}`;
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

  #keyPairs(facts: MetricSources['keyPairs']): void {
    new Gauge({
      name: 'strongroom_key_pairs_ready',
      help: 'RSA key pairs in the stock, by key spec.',
      labelNames: ['key_spec'] as const,
      registers: [this.#registry],
      collect() {
        for (const { keySpec, ready } of facts()) this.set({ key_spec: keySpec }, ready);
      },
    });
    new Counter({
      name: 'strongroom_key_pairs_total',
      help: 'RSA key pairs, by key spec and what became of them: given out of the stock, made for a call, dropped unused.',
      labelNames: ['key_spec', 'outcome'] as const,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { keySpec: key_spec, stocked, made, dropped } of facts()) {
          this.inc({ key_spec, outcome: 'stocked' }, stocked);
          this.inc({ key_spec, outcome: 'made' }, made);
          this.inc({ key_spec, outcome: 'dropped' }, dropped);
        }
      },
    });
  }
}
