/** Checks one-time codes: none is taken twice, and guessing is bounded. Source: recorded-iam.md §7. */
import { mfaSeedLocation, type Sealer } from '../../../kernel/sealing.js';
import type { Log } from '../../../observe/log.js';
import { noSuchDevice } from '../directory/by-arn.js';
import type { Directory, DirectoryTransaction } from '../directory/directory.js';
import type { MfaDevice } from '../directory/entities.js';
import type { MfaAttempts } from './mfa-attempts.js';
import { pairOfCodes, stepOfCode, timeStep } from './totp.js';

/** Steps before and after the device's own time whose codes do. */
const WINDOW = 2;
/**
 * How far a clock may be off that two codes in a row set: an hour. Pairs aren't counted as attempts:
 * of 10¹² no more than 240 are right.
 */
const SYNC_WINDOW = 120;
const UNSEAL_TIMEOUT_MS = 10_000;

export interface MfaCodesOptions {
  readonly directory: Directory;
  readonly attempts: MfaAttempts;
  readonly sealer: Sealer;
  readonly log: Log;
  readonly now: () => number;
}

export class MfaCodes {
  readonly #options: MfaCodesOptions;

  constructor(options: MfaCodesOptions) {
    this.#options = options;
  }

  async seal(serialNumber: string, seed: Buffer): Promise<string> {
    const { sealer, now } = this.#options;
    const location = mfaSeedLocation(serialNumber);
    return (await sealer.seal(seed, location, now() + UNSEAL_TIMEOUT_MS)).toString('base64');
  }

  /** Takes a code of the device, in any order with others. */
  async accept(device: MfaDevice, code: string): Promise<'accepted' | 'wrong' | 'locked'> {
    const { attempts, log, now } = this.#options;
    const serialNumber = device.uniqueId;
    const reserved = await attempts.reserve(serialNumber, now());
    if (reserved === 'gone') return 'wrong';
    if (reserved === 'locked') {
      log.warn({ serialNumber }, 'an MFA device is locked: too many wrong codes in a row');
      return 'locked';
    }
    const middle = timeStep(now()) + (device.drift ?? 0);
    const step = await this.#opened(device, (seed) => stepOfCode(seed, code, middle, WINDOW));
    if (step === undefined) return 'wrong';
    return (await attempts.take(serialNumber, step, middle - WINDOW)) ? 'accepted' : 'wrong';
  }

  /**
   * Takes two codes in a row, newer than those that were before, together with what `change` makes of
   * the device as it is in the transaction; they set its clock, and a locked device is locked no longer.
   */
  async synchronize(
    device: MfaDevice,
    codes: readonly [string, string],
    change: (
      device: MfaDevice,
      transaction: DirectoryTransaction,
    ) => MfaDevice | Promise<MfaDevice>,
  ): Promise<boolean> {
    const { directory, attempts, now } = this.#options;
    const serialNumber = device.uniqueId;
    const present = timeStep(now());
    const first = await this.#opened(device, (seed) =>
      pairOfCodes(seed, codes, present, SYNC_WINDOW),
    );
    if (first === undefined) return false;
    const second = first + 1;
    const off = second - present;
    const accepted = await directory.change(async (transaction) => {
      const fresh = await transaction.findById(serialNumber);
      if (fresh?.kind !== 'mfa-device') throw noSuchDevice(serialNumber);
      // A device may have been made again under the name: the codes are of the one that was.
      if (fresh.sealedSeed !== device.sealedSeed || first <= (fresh.lastStep ?? 0)) return false;
      const drift = Math.abs(off) > WINDOW ? off : 0;
      await transaction.put({ ...(await change(fresh, transaction)), lastStep: second, drift });
      return true;
    });
    if (accepted) await attempts.take(serialNumber, second, present - SYNC_WINDOW);
    return accepted;
  }

  async #opened<T>(device: MfaDevice, use: (seed: Buffer) => T): Promise<T> {
    const { sealer, now } = this.#options;
    const sealed = Buffer.from(device.sealedSeed, 'base64');
    const location = mfaSeedLocation(device.uniqueId);
    const seed = await sealer.open(sealed, location, now() + UNSEAL_TIMEOUT_MS);
    try {
      return use(seed);
    } finally {
      seed.fill(0);
    }
  }
}
