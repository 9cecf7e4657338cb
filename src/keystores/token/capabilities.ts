/**
 * What one token can do, found out by trying it when it connects and after its host was replaced: see
 * trials.ts. A capability is named `<KeySpec>:<KeyUsage>:<algorithm>`.
 */

import { type Algorithm, algorithmsOf } from '../../crypto/algorithms.js';
import { type BackOff, backOff } from '../../kernel/back-off.js';
import { deadlinePassed } from '../../kernel/common-errors.js';
import type { Deadline } from '../../kernel/time.js';
import type { Log } from '../../observe/log.js';
import type { KeyOrder } from '../../token-host/protocol/key-order.js';
import type { MaterialSpec } from '../contract/materials.js';
import { StoreError, unsupported } from '../contract/store-error.js';
import { ProbeKeys, type ProbeKeysOptions } from './probe-keys.js';
import { type ProbePace, ProbeRounds } from './probe-rounds.js';
import {
  ALL_SPECS,
  capabilityName,
  fits,
  isUsefulInPart,
  nameOfProbe,
  probedOrder,
  probedSpec,
} from './probed-specs.js';
import { answerTokenFailure, refusalOfEveryKey } from './token-failures.js';
import { keyOrder } from './token-keys.js';
import { type KeySizes, runTrials } from './trial-run.js';
import { learned, UNTRIED, type Verdict } from './verdicts.js';
import { endsWithin, pause } from './waits.js';

export interface CapabilitiesOptions extends ProbeKeysOptions {
  readonly log: Log;
  readonly pace?: ProbePace;
}

/** Bounds one probe: a key is made for it, which takes an HSM some seconds. */
const PROBE_TIMEOUT_MS = 60_000;

/** A token that starts or restarts has passing faults for seconds. */
const PACE: ProbePace = { confirmAfterMs: 5000, againMs: 30_000 };

/** A refusal by a doubtful code is tried again when it is asked for, so often at most. */
const DOUBT_AGAIN_MS = 60_000;

/** Between two attempts that somebody waits for. */
const WAITED_FOR: BackOff = { firstMs: 250, maxMs: 4000 };

/** What is known of one kind of key. */
interface Probed {
  readonly verdicts: ReadonlyMap<Algorithm, Verdict>;
  readonly keySizes: KeySizes | undefined;
}

export class Capabilities {
  readonly #options: CapabilitiesOptions;
  readonly #confirmAfterMs: number;
  readonly #keys: ProbeKeys;
  readonly #rounds: ProbeRounds;
  /** By what is probed. */
  readonly #probed = new Map<string, Probed>();
  readonly #running = new Map<string, Promise<void>>();

  constructor(options: CapabilitiesOptions) {
    this.#options = options;
    const { pace = PACE } = options;
    this.#confirmAfterMs = pace.confirmAfterMs;
    this.#keys = new ProbeKeys(options);
    this.#rounds = new ProbeRounds({
      round: (all) => this.#round(all),
      isDecided: () => ALL_SPECS.every((spec) => this.#isDecided(spec)),
      pace,
    });
  }

  /** What the token was found to do, so far. */
  get proven(): ReadonlySet<string> {
    const works = [...this.verdicts()].filter(([, { state }]) => state === 'works');
    return new Set(works.map(([capability]) => capability));
  }

  /** Every capability with what is known of it, and why where it isn't there. */
  verdicts(): ReadonlyMap<string, Verdict> {
    return new Map(
      ALL_SPECS.flatMap((spec) =>
        algorithmsOf(spec).map((algorithm) => [
          capabilityName(spec, algorithm),
          this.#verdict(spec, algorithm),
        ]),
      ),
    );
  }

  /**
   * Tries everything out, one key after another, and what stays unknown again later, by itself. Settles
   * after the first time. Never rejects.
   */
  probeAll(): Promise<void> {
    return this.#rounds.start();
  }

  /** The token's host was replaced: it may be another library now. Everything is tried again. */
  probeAgain(): void {
    this.#rounds.again();
  }

  /** Tries nothing more by itself; settles when what is being tried has ended. */
  async stop(): Promise<void> {
    await this.#rounds.stop();
  }

  /** See ProvesAlgorithms. */
  async provenAlgorithms(spec: MaterialSpec, deadline: Deadline): Promise<readonly Algorithm[]> {
    await this.#decided(spec, algorithmsOf(spec), deadline);
    return algorithmsOf(spec).filter(
      (algorithm) => this.#verdict(spec, algorithm).state === 'works',
    );
  }

  /**
   * Before a key is made.
   * @throws StoreError unsupported, naming the token, what it lacks and why; unproven where that could
   * not be found out in time
   */
  async requireKey(spec: MaterialSpec, deadline: Deadline): Promise<void> {
    const proven = await this.provenAlgorithms(spec, deadline);
    const missing = algorithmsOf(spec).filter((algorithm) => !proven.includes(algorithm));
    if (isUsefulInPart(spec) ? proven.length > 0 : missing.length === 0) return;
    throw this.#refusal('make this key', spec, missing);
  }

  /**
   * Before something is made that only this key can undo, where the key itself doesn't say what it can.
   * @throws StoreError as `requireKey`
   */
  async requireAlgorithm(
    spec: MaterialSpec,
    algorithm: Algorithm,
    deadline: Deadline,
  ): Promise<void> {
    await this.#decided(spec, [algorithm], deadline);
    if (this.#verdict(spec, algorithm).state === 'works') return;
    throw this.#refusal('use this algorithm', spec, [algorithm]);
  }

  /** Waits for verdicts, trying as long as the caller has time. */
  async #decided(
    spec: MaterialSpec,
    algorithms: readonly Algorithm[],
    deadline: Deadline,
  ): Promise<void> {
    const { now } = this.#options;
    const open = () => algorithms.filter((algorithm) => this.#isOpen(spec, algorithm));
    for (let attempt = 0; ; attempt += 1) {
      if (open().length === 0) return;
      if (deadline <= now()) throw deadlinePassed();
      const ended = await endsWithin(deadline, now, this.#probe(spec)).catch((error: unknown) => {
        throw answerTokenFailure(error);
      });
      const [undecided] = open();
      if (undecided === undefined) return;
      const wait = this.#waitFor(spec, undecided, attempt);
      if (!ended || now() + wait >= deadline) throw this.#unproven(spec, undecided);
      await pause(wait);
    }
  }

  /** Whether a verdict is missing, or should be looked at again before somebody is refused. */
  #isOpen(spec: MaterialSpec, algorithm: Algorithm): boolean {
    const verdict = this.#verdict(spec, algorithm);
    if (verdict.state !== 'lacks') return verdict.state === 'unknown';
    const { doubtedAt } = verdict;
    return doubtedAt !== undefined && this.#options.now() - doubtedAt > DOUBT_AGAIN_MS;
  }

  #waitFor(spec: MaterialSpec, algorithm: Algorithm, attempt: number): number {
    const verdict = this.#verdict(spec, algorithm);
    const doubt = verdict.state === 'unknown' ? verdict.doubt : undefined;
    if (doubt === undefined) return backOff(WAITED_FOR, attempt);
    const confirmed = doubt.since + this.#confirmAfterMs - this.#options.now();
    return Math.max(confirmed, WAITED_FOR.firstMs);
  }

  #isDecided(spec: MaterialSpec): boolean {
    return algorithmsOf(spec).every(
      (algorithm) => this.#verdict(spec, algorithm).state !== 'unknown',
    );
  }

  #verdict(spec: MaterialSpec, algorithm: Algorithm): Verdict {
    const order = keyOrder(spec);
    if (!order) return lacking('Strongroom has no such key in a token');
    const probed = this.#probed.get(nameOfProbe(probedOrder(order)));
    const verdict = probed?.verdicts.get(algorithm) ?? UNTRIED;
    const isTooLarge = verdict.state === 'works' && !fits(order, probed?.keySizes);
    return isTooLarge ? lacking('CKR_KEY_SIZE_RANGE') : verdict;
  }

  /** One round over every kind of key; over all of them, or those of which something is unknown. */
  async #round(all: boolean): Promise<void> {
    const { tokenId, client, log } = this.#options;
    const rounded = new Set<string>();
    for (const spec of ALL_SPECS) {
      const order = keyOrder(spec);
      if (!order || (!all && this.#isDecided(spec))) continue;
      const probe = nameOfProbe(probedOrder(order));
      if (rounded.has(probe)) continue;
      rounded.add(probe);
      if (client.state === 'stopped' || this.#rounds.stopped) return;
      try {
        await this.#probe(spec);
      } catch (error) {
        log.warn({ err: error, tokenId, ...spec }, 'the token could not be probed; will try later');
        return;
      }
    }
    this.#say();
  }

  #say(): void {
    const { tokenId, log } = this.#options;
    const reasons = (state: 'lacks' | 'unknown') =>
      Object.fromEntries(
        [...this.verdicts()].flatMap(([capability, verdict]) =>
          verdict.state === state ? [[capability, verdict.reason]] : [],
        ),
      );
    const [missing, unknown] = [reasons('lacks'), reasons('unknown')];
    log.info({ tokenId, proven: this.proven.size, missing, unknown }, 'token probed');
  }

  /** Makes one probe, or joins the one that runs. Rejects when the token can't be asked. */
  #probe(spec: MaterialSpec): Promise<void> {
    const wanted = keyOrder(spec);
    if (!wanted) return Promise.resolve();
    const order = probedOrder(wanted);
    const probe = nameOfProbe(order);
    const running = this.#running.get(probe);
    if (running) return running;
    const started = this.#try(spec, order).finally(() => this.#running.delete(probe));
    this.#running.set(probe, started);
    return started;
  }

  async #try(spec: MaterialSpec, order: KeyOrder): Promise<void> {
    const { client, now } = this.#options;
    const probe = nameOfProbe(order);
    const before = this.#probed.get(probe);
    const { findings, keySizes } = await runTrials(
      client,
      this.#keys,
      probedSpec(spec),
      order,
      now() + PROBE_TIMEOUT_MS,
    );
    const verdicts = new Map(
      [...findings].map(([algorithm, finding]) => [
        algorithm,
        learned(before?.verdicts.get(algorithm) ?? UNTRIED, finding, now(), this.#confirmAfterMs),
      ]),
    );
    this.#probed.set(probe, { verdicts, keySizes: keySizes ?? before?.keySizes });
  }

  #refusal(what: string, spec: MaterialSpec, missing: readonly Algorithm[]): StoreError {
    const capabilities = missing.map((algorithm) => {
      const verdict = this.#verdict(spec, algorithm);
      return `${capabilityName(spec, algorithm)}${verdict.state === 'works' ? '' : ` (${verdict.reason})`}`;
    });
    return unsupported(
      `The token ${this.#options.tokenId} cannot ${what}: ${capabilities.join(', ')}`,
    );
  }

  #unproven(spec: MaterialSpec, algorithm: Algorithm): Error {
    const verdict = this.#verdict(spec, algorithm);
    const { reason, creationError } = verdict.state === 'unknown' ? verdict : UNTRIED;
    const capability = capabilityName(spec, algorithm);
    return (
      refusalOfEveryKey(creationError) ??
      new StoreError(
        'unproven',
        `The token ${this.#options.tokenId} could not be tried for ${capability} yet: ${reason}. Try again later.`,
      )
    );
  }
}

function lacking(reason: string): Verdict {
  return { state: 'lacks', reason, doubtedAt: undefined };
}
