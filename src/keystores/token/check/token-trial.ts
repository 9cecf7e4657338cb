/** Everything that is tried with a token that is logged in: by the calls and trials that serve. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from '../../../observe/log.js';
import type { TokenClient } from '../../../token-host/client/client.js';
import { AES_256 } from '../../../token-host/protocol/key-order.js';
import { Capabilities } from '../capabilities.js';
import { ProbeKeys } from '../probe-keys.js';
import { checkCkaIds, leftByChecks } from './check-keys.js';
import type { TrialKeys } from './key-examinations.js';

/** A doubtful code counts when it comes again so much later. */
const CONFIRM_MS = 1500;
const MOST_ROUNDS = 3;
const CALLS_TIMED = 100;
const RANDOM_BYTES = 16;
const MEASURED_MS = 1000;
const CALL_MS = 30_000;
const LIST_MS = 600_000;

export interface TrialResult {
  /** By `<KeySpec>:<KeyUsage>:<algorithm>`: `works`, `lacks` or `unknown`, and why. */
  readonly capabilities: Readonly<
    Record<string, { readonly state: 'works' | 'lacks' | 'unknown'; readonly reason?: string }>
  >;
  /** Encryptions a second with so many at once; empty where the token can't encrypt. */
  readonly encryptionsPerSecond: readonly { readonly atOnce: number; readonly rate: number }[];
}

export interface TokenTrialOptions {
  readonly tokenId: string;
  readonly client: TokenClient;
  readonly log: Log;
  readonly now: () => number;
  readonly isRunning: (pid: number) => boolean;
  /** Ends the trial early, between two keys. */
  readonly signal: AbortSignal;
}

export class TokenTrial {
  readonly #options: TokenTrialOptions;
  readonly newCkaId: () => string;
  /** Keys of this trial that could not be destroyed. */
  readonly left = new Set<string>();

  constructor(options: TokenTrialOptions) {
    this.#options = options;
    this.newCkaId = checkCkaIds(options.now);
  }

  /** For the trials of single keys. */
  get keys(): TrialKeys {
    const { client, now, signal } = this.#options;
    return { client, now, signal, newCkaId: this.newCkaId, left: this.left };
  }

  /** Milliseconds until the token's objects were read to their end; undefined where that took too long. */
  async listing(): Promise<number | undefined> {
    const { client, signal } = this.#options;
    const began = performance.now();
    const listed = client.listed().then(() => true);
    const timer = new AbortController();
    const stop = AbortSignal.any([signal, timer.signal]);
    const late = pause(LIST_MS, false, { signal: stop }).catch(() => false);
    const ended = await Promise.race([listed, late]);
    timer.abort();
    return ended ? performance.now() - began : undefined;
  }

  /** Destroys what earlier checks left. Answers how many keys that were. Rejects as the client does. */
  async sweep(): Promise<number> {
    const { client, now, isRunning } = this.#options;
    const left = leftByChecks(client.objects(), now(), isRunning);
    for (const ckaId of left) {
      await client.call('destroyObject', ckaId, undefined, now() + CALL_MS);
    }
    return left.length;
  }

  /** Median milliseconds of a call that gives 16 random octets, one at a time. */
  async roundTrip(): Promise<number> {
    const { client, now, signal } = this.#options;
    const times: number[] = [];
    const until = performance.now() + MEASURED_MS;
    while (times.length < CALLS_TIMED && (times.length === 0 || performance.now() < until)) {
      signal.throwIfAborted();
      const began = performance.now();
      await client.call('random', undefined, { length: RANDOM_BYTES }, now() + CALL_MS);
      times.push(performance.now() - began);
    }
    return times.sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0;
  }

  /** Tries every capability, and again what stays open; ends when a key can't be destroyed. */
  async capabilities(): Promise<TrialResult['capabilities']> {
    const { signal } = this.#options;
    const capabilities: Capabilities = new Capabilities({
      ...this.#probeOptions(() => void capabilities.stop()),
      log: this.#options.log,
      pace: { confirmAfterMs: CONFIRM_MS, againMs: CONFIRM_MS },
    });
    const stop = () => void capabilities.stop();
    signal.addEventListener('abort', stop);
    try {
      for (let round = 1; round <= MOST_ROUNDS && !signal.aborted; round += 1) {
        await capabilities.probeAll();
        if (this.left.size > 0) break;
        const isOpen = [...capabilities.verdicts().values()].some(
          ({ state }) => state === 'unknown',
        );
        if (!isOpen) break;
        if (round < MOST_ROUNDS) await pause(CONFIRM_MS);
      }
    } finally {
      signal.removeEventListener('abort', stop);
      await capabilities.stop();
    }
    signal.throwIfAborted();
    return Object.fromEntries(
      [...capabilities.verdicts()].map(([name, verdict]) => [
        name,
        verdict.state === 'works'
          ? { state: verdict.state }
          : { state: verdict.state, reason: verdict.reason },
      ]),
    );
  }

  /** AES-256-GCM with one key, by more and more calls at once, for a second each. */
  async throughput(most: number): Promise<TrialResult['encryptionsPerSecond']> {
    const { now, signal } = this.#options;
    const plaintext = Buffer.alloc(RANDOM_BYTES, 1);
    const counts = [...new Set([1, 2, 4, most])].filter((count) => count <= most);
    return new ProbeKeys(this.#probeOptions()).use(AES_256, now() + CALL_MS, async (key) => {
      const rates = [];
      for (const atOnce of counts) {
        signal.throwIfAborted();
        let calls = 0;
        const began = performance.now();
        await Promise.all(
          Array.from({ length: atOnce }, async () => {
            while (performance.now() - began < MEASURED_MS) {
              await key.call('encrypt', { plaintext, aad: Buffer.alloc(0) });
              calls += 1;
            }
          }),
        );
        rates.push({ atOnce, rate: Math.round((calls * 1000) / (performance.now() - began)) });
      }
      return rates;
    });
  }

  #probeOptions(onLeft = () => {}) {
    const { tokenId, client, now } = this.#options;
    return {
      ...{ tokenId, client, now, newCkaId: this.newCkaId, reconciler: { wake: () => undefined } },
      // There is no database: the CKA_ID in the token is the intent.
      objects: {
        intend: async () => undefined,
        forget: async () => undefined,
        discard: async (ckaId: string) => {
          this.left.add(ckaId);
          onLeft();
        },
      },
    };
  }
}
