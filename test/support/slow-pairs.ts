/** Key pairs whose making a test has in its hand, around the real queue and the real stock. */
import type { KeySpec } from '../../src/crypto/algorithms.js';
import type { KeyPairOctets } from '../../src/crypto/key-pairs.js';
import type { Sealer } from '../../src/kernel/sealing.js';
import { KeyPairStock } from '../../src/keystores/software/key-pair-stock.js';
import { KeyPairs } from '../../src/keystores/software/key-pairs.js';
import { WaitingOrders } from '../../src/keystores/software/waiting-orders.js';
import { MemorySealer } from './memory-sealer.js';

/** A pair that is being made. */
interface Making {
  readonly keySpec: KeySpec;
  readonly resolve: (pair: KeyPairOctets) => void;
  readonly reject: (error: Error) => void;
}

export interface SlowPairsSettings {
  readonly pairWorkers?: number;
  readonly perSpec?: number;
  readonly limit?: number;
  readonly shared?: boolean;
  readonly now?: () => number;
}

/** A sealer that fails, or takes long, while a test says so. */
class FailingSealer implements Sealer {
  readonly #sealer = new MemorySealer();
  error: Error | undefined;
  /** Until when sealing takes. */
  held: Promise<void> | undefined;
  /** Sealed now, not opened yet. */
  readonly places = new Set<string>();

  async seal(...[secret, location]: Parameters<Sealer['seal']>): Promise<Buffer> {
    await this.held;
    if (this.error) throw this.error;
    this.places.add(location.row);
    return this.#sealer.seal(secret, location);
  }

  async open(...[sealed, location]: Parameters<Sealer['open']>): Promise<Buffer> {
    if (this.error) throw this.error;
    this.places.delete(location.row);
    return this.#sealer.open(sealed, location);
  }
}

export class SlowPairs {
  readonly sealer = new FailingSealer();
  readonly faults: unknown[] = [];
  readonly pairs: KeyPairs;
  /** Every pair that was made, in this order. */
  readonly made: KeyPairOctets[] = [];
  /** Everything begun, in this order. */
  readonly begun: KeySpec[] = [];
  /** The seeds that they grow from, in hex. */
  readonly seeds: string[] = [];
  #making: Making[] = [];

  constructor(settings: SlowPairsSettings = {}) {
    const { pairWorkers = 1, perSpec = 0, limit = 100, shared = false, now = Date.now } = settings;
    const onFault = (error: unknown) => this.faults.push(error);
    const pool = {
      pairWorkers,
      makeKeyPair: (keySpec: KeySpec, seed: Buffer) => {
        this.begun.push(keySpec);
        this.seeds.push(seed.toString('hex'));
        return new Promise<KeyPairOctets>((resolve, reject) => {
          this.#making.push({ keySpec, resolve, reject });
        });
      },
    };
    this.pairs = new KeyPairs({
      pool,
      stock: new KeyPairStock({ sealer: this.sealer, perSpec, now, onFault }),
      orders: new WaitingOrders({ limit, shared, now }),
      now,
      onFault,
    });
  }

  /** What is being made now. */
  get making(): KeySpec[] {
    return this.#making.map(({ keySpec }) => keySpec);
  }

  get ready(): Record<string, number> {
    return Object.fromEntries([...this.pairs.counts()].map((row) => [row.keySpec, row.ready]));
  }

  get dropped(): number {
    return [...this.pairs.counts()].reduce((sum, { dropped }) => sum + dropped, 0);
  }

  /** Ends the oldest making, of this spec; each pair has octets of its own. */
  async finish(keySpec?: KeySpec): Promise<void> {
    const next = this.#next(keySpec);
    const id = Buffer.from(`pair ${this.made.length}`);
    const pair = { privateKey: Buffer.from(id), publicKey: id };
    this.made.push(pair);
    next.resolve(pair);
    await settled();
  }

  async fail(error: Error): Promise<void> {
    this.#next(undefined).reject(error);
    await settled();
  }

  /** Ends everything that is being made, and what is then begun, until nothing is. */
  async finishAll(): Promise<void> {
    while (this.#making.length > 0) await this.finish();
  }

  #next(keySpec: KeySpec | undefined): Making {
    const at = this.#making.findIndex((making) => !keySpec || making.keySpec === keySpec);
    const [next] = this.#making.splice(at, at < 0 ? 0 : 1);
    if (!next) throw new Error(`nothing of ${keySpec ?? 'any spec'} is being made`);
    return next;
  }
}

/** All that follows by promises alone has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
