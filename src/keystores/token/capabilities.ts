/**
 * What one token can do, found out by trying it when it connects: see trials.ts. A capability is
 * named `<KeySpec>:<KeyUsage>:<algorithm>`.
 */

import {
  type Algorithm,
  algorithmsOf,
  type KeySpec,
  type KeyUsage,
  keySpecs,
  specRow,
} from '../../crypto/algorithms.js';
import type { Deadline } from '../../kernel/time.js';
import type { Log } from '../../observe/log.js';
import type { TokenClient } from '../../token-host/client/client.js';
import type { KeyOrder } from '../../token-host/protocol/key-order.js';
import { TokenHostError } from '../../token-host/protocol/token-error.js';
import type { MaterialSpec } from '../contract/materials.js';
import { unsupported } from '../contract/store-error.js';
import { answerTokenFailure } from './token-failures.js';
import { keyOrder } from './token-keys.js';
import { type ProbeVerdict, runTrials } from './trial-run.js';

export interface CapabilitiesOptions {
  readonly tokenId: string;
  readonly client: TokenClient;
  readonly log: Log;
  readonly now: () => number;
}

/** Bounds one probe: a key is made for it, which takes an HSM some seconds. */
const PROBE_TIMEOUT_MS = 60_000;

/**
 * The keys that are made as soon as one of their algorithms works; all others need every one. See
 * docs/decisions/0007-a-token-key-may-lack-an-algorithm.md.
 */
const USEFUL_IN_PART: ReadonlySet<string> = new Set(['rsa:ENCRYPT_DECRYPT', 'ed25519:SIGN_VERIFY']);

/** Every key there is; those last that take long to make. */
const ALL_SPECS: readonly MaterialSpec[] = (Object.keys(keySpecs) as KeySpec[])
  .flatMap((keySpec) =>
    (Object.keys(specRow(keySpec).usages) as KeyUsage[]).map((keyUsage) => ({ keySpec, keyUsage })),
  )
  .sort((one, other) => Number(isRsa(one)) - Number(isRsa(other)));

const SMALLEST_RSA_BYTES = Math.min(
  ...Object.values(keySpecs)
    .filter(({ keyType }) => keyType === 'rsa')
    .map(({ bytes }) => bytes),
);

export class Capabilities {
  readonly #options: CapabilitiesOptions;
  /** By what is probed; a probe that came to nothing is not kept. */
  readonly #probes = new Map<string, Promise<ProbeVerdict>>();
  readonly #verdicts = new Map<string, boolean>();

  constructor(options: CapabilitiesOptions) {
    this.#options = options;
  }

  /** What the token was found to do, so far. */
  get proven(): ReadonlySet<string> {
    return new Set([...this.#verdicts].filter(([, works]) => works).map(([name]) => name));
  }

  /**
   * Tries everything out, one key after another. Never throws: it ends where the token fails, since
   * a probe may cost it a host, and what is left is tried when it is needed.
   */
  async probeAll(): Promise<void> {
    const { tokenId, client, log, now } = this.#options;
    for (const spec of ALL_SPECS) {
      if (client.state === 'stopped') return;
      try {
        await this.#verdict(spec, now() + PROBE_TIMEOUT_MS);
      } catch (error) {
        log.warn({ err: error, tokenId, ...spec }, 'the token could not be probed; will try later');
        return;
      }
    }
    const missing = [...this.#verdicts].filter(([, works]) => !works).map(([name]) => name);
    log.info({ tokenId, proven: this.#verdicts.size - missing.length, missing }, 'token probed');
  }

  /** See ProvesAlgorithms. */
  async provenAlgorithms(spec: MaterialSpec, deadline: Deadline): Promise<readonly Algorithm[]> {
    await this.#known(spec, deadline);
    return algorithmsOf(spec).filter((algorithm) => this.#verdicts.get(name(spec, algorithm)));
  }

  /**
   * Before a key is made.
   * @throws StoreError unsupported, naming the token and what it lacks.
   */
  async requireKey(spec: MaterialSpec, deadline: Deadline): Promise<void> {
    const proven = await this.provenAlgorithms(spec, deadline);
    const missing = algorithmsOf(spec).filter((algorithm) => !proven.includes(algorithm));
    const inPart = USEFUL_IN_PART.has(`${specRow(spec.keySpec).keyType}:${spec.keyUsage}`);
    if (inPart ? proven.length > 0 : missing.length === 0) return;
    throw this.#refusal('make this key', spec, missing);
  }

  /**
   * Before a key is used, or something is made that only this key can undo.
   * @throws StoreError unsupported, naming the token and what it lacks.
   */
  async requireAlgorithm(spec: MaterialSpec, algorithm: string, deadline: Deadline): Promise<void> {
    const capability = name(spec, algorithm);
    if (!this.#verdicts.has(capability)) await this.#known(spec, deadline);
    if (this.#verdicts.get(capability)) return;
    throw this.#refusal('use this algorithm', spec, [algorithm]);
  }

  async #known(spec: MaterialSpec, deadline: Deadline): Promise<void> {
    try {
      await this.#verdict(spec, deadline);
    } catch (error) {
      throw answerTokenFailure(error);
    }
  }

  async #verdict(spec: MaterialSpec, deadline: Deadline): Promise<void> {
    const order = keyOrder(spec);
    const algorithms = algorithmsOf(spec);
    const probed = order && (await before(deadline, this.#options.now, this.#probe(spec, order)));
    for (const algorithm of algorithms) {
      const works = order !== undefined && probed?.works(algorithm, order) === true;
      this.#verdicts.set(name(spec, algorithm), works);
    }
  }

  #probe(spec: MaterialSpec, order: KeyOrder): Promise<ProbeVerdict> {
    const { client, log, tokenId, now } = this.#options;
    // Making a large RSA key takes long, and its algorithms are those of a small one.
    const small = order.keyType === 'rsa' ? { ...order, bytes: SMALLEST_RSA_BYTES } : order;
    const key = JSON.stringify(small);
    const running = this.#probes.get(key);
    if (running) return running;
    const started = runTrials(client, small, spec, now() + PROBE_TIMEOUT_MS).then((verdict) => {
      log.debug({ tokenId, order: small, failures: verdict.failures }, 'token probe');
      return verdict;
    });
    this.#probes.set(key, started);
    started.catch(() => this.#probes.delete(key));
    return started;
  }

  #refusal(what: string, spec: MaterialSpec, missing: readonly string[]) {
    const capabilities = missing.map((algorithm) => name(spec, algorithm)).join(', ');
    return unsupported(`The token ${this.#options.tokenId} cannot ${what}: ${capabilities}`);
  }
}

function isRsa({ keySpec }: MaterialSpec): boolean {
  return specRow(keySpec).keyType === 'rsa';
}

function name({ keySpec, keyUsage }: MaterialSpec, algorithm: string): string {
  return `${keySpec}:${keyUsage}:${algorithm}`;
}

/** Waits no longer than the caller does; the work goes on. */
async function before<T>(deadline: Deadline, now: () => number, work: Promise<T>): Promise<T> {
  const left = deadline - now();
  const kind = left > 0 ? 'deadline' : 'late';
  const error = new TokenHostError(kind, 'The token was not probed in time');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error), Math.max(0, left));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
