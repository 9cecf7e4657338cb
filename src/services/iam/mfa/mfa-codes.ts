/** Checks one-time codes: none is taken twice, and guessing is bounded. */
import { LRUCache } from 'lru-cache';
import { mfaSeedLocation, type Sealer } from '../../../kernel/sealing.js';
import type { Directory } from '../directory/directory.js';
import type { MfaDevice } from '../directory/entities.js';
import { stepOfCode } from './totp.js';

const MAX_FAILURES = 5;
const LOCK_MS = 60_000;
const UNSEAL_TIMEOUT_MS = 10_000;

export interface MfaCodesOptions {
  readonly directory: Directory;
  readonly sealer: Sealer;
  readonly now: () => number;
}

export class MfaCodes {
  readonly #options: MfaCodesOptions;
  /** Wrong codes of a device within the last minute; forgotten at a restart. */
  readonly #failures = new LRUCache<string, number>({ max: 10_000, ttl: LOCK_MS });

  constructor(options: MfaCodesOptions) {
    this.#options = options;
  }

  async seal(serialNumber: string, seed: Buffer): Promise<string> {
    const { sealer, now } = this.#options;
    const location = mfaSeedLocation(serialNumber);
    return (await sealer.seal(seed, location, now() + UNSEAL_TIMEOUT_MS)).toString('base64');
  }

  /**
   * Whether these codes are the device's, in this order and newer than any that was taken; then they
   * are taken, together with what `change` makes of the device.
   */
  async accept(
    device: MfaDevice,
    codes: readonly string[],
    change: (device: MfaDevice) => MfaDevice = (same) => same,
  ): Promise<boolean> {
    const { directory, sealer, now } = this.#options;
    const serialNumber = device.uniqueId;
    if ((this.#failures.get(serialNumber) ?? 0) >= MAX_FAILURES) return false;
    const sealed = Buffer.from(device.sealedSeed, 'base64');
    const location = mfaSeedLocation(serialNumber);
    const seed = await sealer.open(sealed, location, now() + UNSEAL_TIMEOUT_MS);
    const steps = codes.map((code) => stepOfCode(seed, code, now()));
    seed.fill(0);
    const accepted = await directory.change(async (transaction) => {
      const fresh = await transaction.findById(serialNumber);
      if (fresh?.kind !== 'mfa-device') return false;
      let last = fresh.lastStep ?? 0;
      for (const step of steps) {
        if (step === undefined || step <= last) return false;
        last = step;
      }
      await transaction.put({ ...change(fresh), lastStep: last });
      return true;
    });
    if (!accepted) {
      this.#failures.set(serialNumber, (this.#failures.get(serialNumber) ?? 0) + 1);
    }
    return accepted;
  }
}
