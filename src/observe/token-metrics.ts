import { boundedLabel } from './bounded-label.js';
import type { CounterOf, HistogramOf, Metrics, Sample } from './metrics.js';

/** What is known of a token. */
export interface TokenFacts {
  readonly tokenId: string;
  readonly state: string;
  /** Since the start of the server. */
  readonly logins: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly threads: number;
  readonly pending: number;
  /** Undefined before they were read. */
  readonly objects: number | undefined;
}

/** The states that a token may be in, so that each is shown, with 0 or 1. */
const TOKEN_STATES = ['stopped', 'starting', 'ready', 'replacing', 'absent', 'refused'] as const;

/** What a token was found to do, so that each is shown, with 0 or 1: see the key store's verdicts. */
const VERDICTS = ['works', 'lacks', 'unknown'] as const;

/** By capability, `<KeySpec>:<KeyUsage>:<algorithm>`. */
export type CapabilityFacts = ReadonlyMap<string, { readonly state: (typeof VERDICTS)[number] }>;

/** The calls of one token as they end: `outcome` is `ok`, or why it failed. */
export type TokenCallRecorder = (call: string, outcome: string, milliseconds: number) => void;

/** Return codes of vendors' own, too: a token may answer what it likes. */
const MAX_REASONS = 200;

/** What `/metrics` shows of the tokens. */
export class TokenMetrics {
  readonly #durationOf: HistogramOf<'strongroom_token_call_duration_seconds'>;
  readonly #failuresOf: CounterOf<'strongroom_token_call_failures_total'>;
  readonly #reasonLabel = boundedLabel(MAX_REASONS);
  readonly #capabilities = new Map<string, () => CapabilityFacts>();

  /** @param facts of every token, read when the metrics are */
  constructor(metrics: Metrics, facts: () => Iterable<TokenFacts>) {
    this.#durationOf = metrics.histogram('strongroom_token_call_duration_seconds');
    this.#failuresOf = metrics.counter('strongroom_token_call_failures_total');
    const each = <Shown>(show: (token: TokenFacts) => Shown[]) => [...facts()].flatMap(show);
    const ofToken = (value: (token: TokenFacts) => number) => () =>
      each((token) => [[{ token: token.tokenId }, value(token)] as const]);
    metrics.show(
      'strongroom_token_threads',
      ofToken(({ threads }) => threads),
    );
    metrics.show(
      'strongroom_token_calls_pending',
      ofToken(({ pending }) => pending),
    );
    metrics.show(
      'strongroom_token_logins_total',
      ofToken(({ logins }) => logins),
    );
    metrics.show('strongroom_token_objects', () =>
      each(({ tokenId: token, objects }) =>
        objects === undefined ? [] : [[{ token }, objects] as const],
      ),
    );
    metrics.show('strongroom_token_state', () =>
      each(({ tokenId: token, state: present }) =>
        TOKEN_STATES.map((state) => [{ token, state }, Number(state === present)] as const),
      ),
    );
    metrics.show('strongroom_token_host_ends_total', () =>
      each(({ tokenId: token, ends }) =>
        Object.entries(ends).map(([cause, count]) => [{ token, cause }, count] as const),
      ),
    );
    metrics.show('strongroom_token_capability', () => this.#verdicts());
  }

  /** Shows what a token was found to do, until the answer is called. */
  showCapabilities(token: string, facts: () => CapabilityFacts): () => void {
    this.#capabilities.set(token, facts);
    return () => {
      if (this.#capabilities.get(token) === facts) this.#capabilities.delete(token);
    };
  }

  /** Takes in how each call of a token ended: `ok`, or why it failed. */
  recorder(token: string): TokenCallRecorder {
    const durations = new Map<string, { observe(seconds: number): void }>();
    return (call, outcome, milliseconds) => {
      let duration = durations.get(call);
      if (duration === undefined) {
        duration = this.#durationOf({ token, call });
        durations.set(call, duration);
      }
      duration.observe(milliseconds / 1000);
      if (outcome === 'ok') return;
      this.#failuresOf({ token, call, reason: this.#reasonLabel(outcome) }).inc();
    };
  }

  *#verdicts(): Iterable<Sample<'strongroom_token_capability'>> {
    for (const [token, facts] of this.#capabilities) {
      for (const [capability, { state }] of facts()) {
        for (const verdict of VERDICTS) {
          yield [{ token, capability, verdict }, Number(verdict === state)];
        }
      }
    }
  }
}
