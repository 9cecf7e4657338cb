/**
 * Records of refused calls that nobody signed: anybody can make as many as the network carries, so they
 * have a budget. What is beyond it is counted, and one record a minute says how many there were.
 */
import { MINUTE_MS } from '../kernel/time.js';
import type { Log } from '../observe/log.js';
import type { AuditRecord } from './record.js';
import { buildServiceEvent } from './service-event.js';
import type { AuditTrail } from './trail.js';

/** Records at once, and a second in the long run: some gigabyte a day. */
const BURST = 600;
const PER_SECOND = 10;

export interface UnsignedRecordsOptions {
  readonly trail: Pick<AuditTrail, 'append'>;
  readonly accountId: string;
  readonly region: string;
  /** Real time in epoch milliseconds. */
  readonly now: () => number;
  readonly newId: () => string;
  readonly log: Log;
}

export class UnsignedRecords {
  readonly #options: UnsignedRecordsOptions;
  #left = BURST;
  #refilledAt: number;
  #omitted = 0;
  #timer: NodeJS.Timeout | undefined;
  #reporting: Promise<void> = Promise.resolve();

  constructor(options: UnsignedRecordsOptions) {
    this.#options = options;
    this.#refilledAt = options.now();
  }

  /** Whether there is budget for a call's records; else the call is counted. */
  admit(): boolean {
    const now = this.#options.now();
    // A clock that was set back refills nothing, and takes nothing away.
    const elapsed = Math.max(0, now - this.#refilledAt);
    this.#refilledAt = now;
    this.#left = Math.min(BURST, this.#left + (elapsed / 1000) * PER_SECOND);
    if (this.#left >= 1) {
      this.#left -= 1;
      return true;
    }
    this.#omitted += 1;
    this.#timer ??= setTimeout(() => this.#report(), MINUTE_MS).unref();
    return false;
  }

  /** Says what hasn't been said yet. */
  async close(): Promise<void> {
    if (this.#timer) this.#report();
    await this.#reporting;
  }

  #report(): void {
    const { trail, log } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const omitted = this.#omitted;
    this.#omitted = 0;
    this.#reporting = trail.append(this.#recordOf(omitted)).catch((err: unknown) => {
      log.error(
        { err, omitted },
        'records of unsigned calls were left out, and the trail lacks how many',
      );
    });
  }

  #recordOf(omitted: number): AuditRecord {
    const { accountId, region, now, newId } = this.#options;
    return buildServiceEvent({
      ...{ eventId: newId(), happenedAt: new Date(now()), service: 'cloudtrail' },
      ...{ name: 'UnsignedCallsOmitted', region, accountId, readOnly: true, resources: [] },
      details: { calls: omitted },
    });
  }
}
