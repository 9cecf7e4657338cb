import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { BUCKETS } from './metrics.js';

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

/** What `/metrics` shows of the tokens. Labels are their ids, the names of their calls and return codes. */
export class TokenMetrics {
  readonly #registry = new Registry();
  readonly #calls = new Histogram({
    name: 'strongroom_token_call_duration_seconds',
    help: 'Time from a call to a token asked for to its end, with waiting and repeating, by call.',
    labelNames: ['token', 'call'] as const,
    buckets: BUCKETS,
    registers: [this.#registry],
  });
  readonly #failures = new Counter({
    name: 'strongroom_token_call_failures_total',
    help: 'Calls to a token that failed, by call and return code, or by what else was the reason.',
    labelNames: ['token', 'call', 'reason'] as const,
    registers: [this.#registry],
  });
  readonly #capabilities = new Map<string, () => CapabilityFacts>();

  /** @param facts of every token, read when the metrics are */
  constructor(facts: () => Iterable<TokenFacts>) {
    this.#gauges(facts);
    this.#states(facts);
    this.#counters(facts);
    this.#verdicts();
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
    const durations = new Map<string, Histogram.Internal<'token' | 'call'>>();
    return (call, outcome, milliseconds) => {
      let duration = durations.get(call);
      if (duration === undefined) {
        duration = this.#calls.labels({ token, call });
        durations.set(call, duration);
      }
      duration.observe(milliseconds / 1000);
      if (outcome !== 'ok') this.#failures.inc({ token, call, reason: outcome });
    };
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #gauges(facts: () => Iterable<TokenFacts>): void {
    const gauges = [
      ['threads', 'Threads of the token host that make calls.', (token) => token.threads],
      ['calls_pending', 'Calls to the token that have no answer yet.', (token) => token.pending],
      ['objects', 'Objects in the token, by CKA_ID.', (token) => token.objects],
    ] as const satisfies [string, string, (token: TokenFacts) => number | undefined][];
    for (const [name, help, value] of gauges) {
      new Gauge({
        name: `strongroom_token_${name}`,
        help,
        labelNames: ['token'] as const,
        registers: [this.#registry],
        collect() {
          this.reset();
          for (const each of facts()) {
            const number = value(each);
            if (number !== undefined) this.set({ token: each.tokenId }, number);
          }
        },
      });
    }
  }

  #states(facts: () => Iterable<TokenFacts>): void {
    new Gauge({
      name: 'strongroom_token_state',
      help: '1 for the state that the token is in.',
      labelNames: ['token', 'state'] as const,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { tokenId: token, state: present } of facts()) {
          for (const state of TOKEN_STATES) this.set({ token, state }, Number(state === present));
        }
      },
    });
  }

  #verdicts(): void {
    const shown = this.#capabilities;
    new Gauge({
      name: 'strongroom_token_capability',
      help: '1 for what trials say of the kind of key and algorithm in a connected token.',
      labelNames: ['token', 'capability', 'verdict'] as const,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [token, facts] of shown) {
          for (const [capability, { state }] of facts()) {
            for (const verdict of VERDICTS) {
              this.set({ token, capability, verdict }, Number(verdict === state));
            }
          }
        }
      },
    });
  }

  #counters(facts: () => Iterable<TokenFacts>): void {
    new Counter({
      name: 'strongroom_token_logins_total',
      help: 'Logins to the token (C_Login).',
      labelNames: ['token'] as const,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { tokenId: token, logins } of facts()) this.inc({ token }, logins);
      },
    });
    new Counter({
      name: 'strongroom_token_host_ends_total',
      help: 'Token hosts that ended unasked: killed by others, crashed, hung, or by their own report.',
      labelNames: ['token', 'cause'] as const,
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { tokenId: token, ends } of facts()) {
          for (const [cause, count] of Object.entries(ends)) this.inc({ token, cause }, count);
        }
      },
    });
  }
}
