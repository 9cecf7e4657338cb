/**
 * Cryptography that would hold up the event loop, in worker threads. Two pools: making an RSA pair
 * takes seconds, and a signature must not queue behind it. Neither uses libuv's threads, in which files
 * are read and names are looked up.
 */

import type { KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { KeySpec } from '../../crypto/algorithms.js';
import { isHeavyKeyPair, isHeavyOpening, isSlowKeyPair } from '../../crypto/cost.js';
import { type KeyPairOctets, makeKeyPair } from '../../crypto/key-pairs.js';
import type { DecapsulationTask, Encapsulated, EncapsulationTask } from '../../crypto/ml-kem.js';
import type { OaepTask } from '../../crypto/oaep.js';
import { openPrivateKey } from '../../crypto/open-keys.js';
import type { SignTask, VerifyTask } from '../../crypto/signatures.js';
import { throttled } from '../../kernel/common-errors.js';

import type { CryptoTask } from './worker.js';

const MAX_QUEUED = 1024;
const IDLE_MS = 60_000;

export interface CryptoPoolOptions {
  /** Path of the compiled worker. */
  readonly workerEntry: string;
}

export class CryptoPool {
  readonly #signatures: Piscina;
  readonly #keyPairs: Piscina;
  /**
   * How many slow pairs may be made at once for those who wait. One core stays for the server itself,
   * however many pairs are asked for.
   */
  readonly pairWorkers: number;

  constructor({ workerEntry }: CryptoPoolOptions) {
    const cores = availableParallelism();
    const settings = {
      filename: workerEntry,
      name: 'runTask',
      minThreads: 0,
      idleTimeout: IDLE_MS,
      maxQueue: MAX_QUEUED,
    };
    this.#signatures = new Piscina({ ...settings, maxThreads: cores });
    this.pairWorkers = Math.max(1, cores - 1);
    // One more makes what nobody waits for, so that nobody waits for it.
    this.#keyPairs = new Piscina({ ...settings, maxThreads: this.pairWorkers + 1 });
  }

  /**
   * Makes a pair; curves at once. What is slow is begun when it is asked for: `KeyPairs` has its queue.
   * @param seed `seedBytes` random octets
   * @throws CommonError ThrottlingException when too many others wait
   */
  async makeKeyPair(keySpec: KeySpec, seed: Buffer): Promise<KeyPairOctets> {
    if (!isHeavyKeyPair(keySpec)) return makeKeyPair(keySpec, seed);
    const pool = isSlowKeyPair(keySpec) ? this.#keyPairs : this.#signatures;
    const made = await run<KeyPairOctets>(pool, { kind: 'key-pair', keySpec, seed });
    // Buffers come out of a thread as plain Uint8Arrays.
    return { privateKey: octets(made.privateKey), publicKey: octets(made.publicKey) };
  }

  async sign(task: SignTask): Promise<Buffer> {
    return octets(await run<Uint8Array>(this.#signatures, { kind: 'sign', task }));
  }

  verify(task: VerifyTask): Promise<boolean> {
    return run(this.#signatures, { kind: 'verify', task });
  }

  /** See `openPrivateKey`. */
  async openPrivateKey(keySpec: KeySpec, stored: Buffer): Promise<KeyObject> {
    if (!isHeavyOpening(keySpec)) return openPrivateKey(keySpec, stored);
    return run(this.#signatures, { kind: 'open', keySpec, stored });
  }

  async decryptOaep(task: OaepTask): Promise<Buffer | undefined> {
    const opened = await run<Uint8Array | undefined>(this.#signatures, { kind: 'oaep', task });
    return opened && octets(opened);
  }

  async encapsulate(task: EncapsulationTask): Promise<Encapsulated> {
    const made = await run<Encapsulated>(this.#signatures, { kind: 'encapsulate', task });
    return { secret: octets(made.secret), ciphertext: octets(made.ciphertext) };
  }

  async decapsulate(task: DecapsulationTask): Promise<Buffer> {
    return octets(await run<Uint8Array>(this.#signatures, { kind: 'decapsulate', task }));
  }

  async close(): Promise<void> {
    await Promise.all([this.#signatures.destroy(), this.#keyPairs.destroy()]);
  }
}

/** The same memory as a Buffer. */
function octets(view: Uint8Array): Buffer {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
}

async function run<T>(pool: Piscina, task: CryptoTask): Promise<T> {
  if (pool.queueSize >= MAX_QUEUED) throw throttled();
  return pool.run(task);
}
