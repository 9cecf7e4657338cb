/**
 * Key pairs that nobody has used yet, a few of each spec. Their private keys lie in memory sealed by the
 * root key, as they will in the database: who reads an idle server's memory learns no key of tomorrow.
 * Nothing of it is stored; with the process it is lost.
 */

import { randomUUID } from 'node:crypto';
import type { KeySpec } from '../../crypto/algorithms.js';
import type { KeyPairOctets } from '../../crypto/key-pairs.js';
import {
  SealError,
  type SealedLocation,
  type Sealer,
  stockedPairLocation,
} from '../../kernel/sealing.js';
import type { Deadline } from '../../kernel/time.js';

/** Nobody waits for a pair that is put by; this only bounds it. */
const SEAL_TIMEOUT_MS = 10_000;

export interface KeyPairStockOptions {
  readonly sealer: Sealer;
  /** How many pairs of each spec are kept. */
  readonly perSpec: number;
  /** Real time in epoch milliseconds. */
  readonly now: () => number;
  /** What kept a pair from being put by or taken out. */
  readonly onFault: (error: unknown) => void;
}

interface Stocked {
  readonly location: SealedLocation;
  readonly sealed: Buffer;
  readonly publicKey: Buffer;
}

export class KeyPairStock {
  readonly #options: KeyPairStockOptions;
  readonly #stocked = new Map<KeySpec, Stocked[]>();
  /** How many are being sealed or opened: they have their places. */
  readonly #moving = new Map<KeySpec, number>();

  constructor(options: KeyPairStockOptions) {
    this.#options = options;
  }

  /** How many pairs of this spec are ready. */
  count(keySpec: KeySpec): number {
    return this.#of(keySpec).length;
  }

  /** Whether one more pair of this spec has a place. */
  hasRoom(keySpec: KeySpec): boolean {
    return this.count(keySpec) + (this.#moving.get(keySpec) ?? 0) < this.#options.perSpec;
  }

  /**
   * Keeps a pair that nobody has seen and for which there is room. Its private key is zeroed either way.
   * @returns whether it is kept
   */
  async put(keySpec: KeySpec, { privateKey, publicKey }: KeyPairOctets): Promise<boolean> {
    const { sealer, now, onFault } = this.#options;
    const location = stockedPairLocation(keySpec, randomUUID());
    this.#move(keySpec, 1);
    try {
      const sealed = await sealer.seal(privateKey, location, now() + SEAL_TIMEOUT_MS);
      this.#of(keySpec).push({ location, sealed, publicKey });
      return true;
    } catch (error) {
      onFault(error);
      return false;
    } finally {
      privateKey.fill(0);
      this.#move(keySpec, -1);
    }
  }

  /**
   * Takes a pair out, for one caller alone. Undefined: there is none, or none can be opened now; it then
   * stays for later.
   */
  async take(keySpec: KeySpec, deadline: Deadline): Promise<KeyPairOctets | undefined> {
    const { sealer, now, onFault } = this.#options;
    const stocked = this.#of(keySpec).shift();
    if (!stocked) return undefined;
    const { location, sealed, publicKey } = stocked;
    this.#move(keySpec, 1);
    try {
      // A root token that hangs leaves the caller half the time, in which a pair may be made.
      const until = now() + (deadline - now()) / 2;
      return { privateKey: await sealer.open(sealed, location, until), publicKey };
    } catch (error) {
      onFault(error);
      if (!(error instanceof SealError)) this.#of(keySpec).push(stocked);
      return undefined;
    } finally {
      this.#move(keySpec, -1);
    }
  }

  #move(keySpec: KeySpec, by: 1 | -1): void {
    this.#moving.set(keySpec, (this.#moving.get(keySpec) ?? 0) + by);
  }

  #of(keySpec: KeySpec): Stocked[] {
    const known = this.#stocked.get(keySpec);
    if (known) return known;
    const made: Stocked[] = [];
    this.#stocked.set(keySpec, made);
    return made;
  }
}
