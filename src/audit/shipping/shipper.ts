/**
 * Sends the trail to a receiver, in order and at least once. It reads the trail's files: the trail doesn't
 * know of it and never waits for it, and what isn't sent yet is on the disk, not in memory.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { backOff } from '../../kernel/back-off.js';
import { MINUTE_MS } from '../../kernel/time.js';
import type { Log } from '../../observe/log.js';
import { ShippingCursor } from './cursor.js';
import type { Receiver } from './receiver.js';
import { type Batch, unsentBatches } from './unsent.js';

const LOOK_EVERY_MS = 1000;
const RETRIES = { firstMs: 1000, maxMs: MINUTE_MS };
/** How often the log says that a receiver is still away. */
const REMIND_MS = 10 * MINUTE_MS;

export interface ShipperOptions {
  /** The trail's. */
  readonly dir: string;
  readonly receiver: Receiver;
  /** Real time in epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

export interface ShippingFigures {
  readonly receiver: string;
  /** How old the oldest record is that the receiver hasn't got, in seconds; 0 when it has all. */
  readonly behindSeconds: number;
  /** Since the start. */
  readonly sentRecords: number;
  readonly failures: number;
}

export class Shipper {
  readonly #options: ShipperOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #sent = 0;
  #failures = 0;
  /** When the first record of what is being sent happened. */
  #oldest: number | undefined;
  #awaySince: number | undefined;
  #remindedAt = 0;

  constructor(options: ShipperOptions) {
    this.#options = options;
  }

  get figures(): ShippingFigures {
    const { receiver, now } = this.#options;
    const behind = this.#oldest === undefined ? 0 : Math.max(0, now() - this.#oldest);
    return {
      receiver: receiver.name,
      behindSeconds: behind / 1000,
      sentRecords: this.#sent,
      failures: this.#failures,
    };
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends what is being sent: it is sent again by the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let cursor: ShippingCursor | undefined;
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      try {
        cursor ??= await this.#openCursor();
        for await (const batch of unsentBatches(this.#options.dir, cursor, this.#options.log)) {
          if (!(await this.#deliver(batch))) return;
          cursor.move(batch.file, batch.place);
          await this.#save(cursor);
        }
        this.#oldest = undefined;
        failures = 0;
      } catch (err) {
        if (failures === 0)
          this.#log('error', { err }, 'the audit trail cannot be read to be sent');
        failures += 1;
      }
      await this.#wait(failures === 0 ? LOOK_EVERY_MS : backOff(RETRIES, failures));
    }
  }

  async #openCursor(): Promise<ShippingCursor> {
    const { dir, receiver } = this.#options;
    const cursor = await ShippingCursor.open(dir, receiver.name);
    if (cursor.unreadable !== undefined) {
      this.#log(
        'error',
        { err: cursor.unreadable },
        'how far the audit trail was sent cannot be read: all of it is sent again',
      );
    }
    return cursor;
  }

  /** Until the receiver has it. @returns false when this was stopped before */
  async #deliver({ records }: Batch): Promise<boolean> {
    const { receiver, now } = this.#options;
    const [first] = records;
    if (!first) return true;
    const happened = Date.parse(first.eventTime);
    this.#oldest = Number.isNaN(happened) ? now() : happened;
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      try {
        await receiver.send(records, this.#stop.signal);
      } catch (error) {
        this.#note(error);
        await this.#wait(backOff(RETRIES, attempt));
        continue;
      }
      this.#sent += records.length;
      this.#noteBack();
      return true;
    }
    return false;
  }

  async #save(cursor: ShippingCursor): Promise<void> {
    try {
      await cursor.save();
    } catch (err) {
      // A restart sends again what came after the last one that was kept.
      this.#log('warn', { err }, 'how far the audit trail was sent could not be kept');
    }
  }

  #note(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const now = this.#options.now();
    this.#failures += 1;
    const failure = error instanceof Error ? error.message : 'unknown failure';
    const { behindSeconds } = this.figures;
    if (this.#awaySince === undefined) {
      this.#log('warn', { failure }, 'the audit trail could not be sent; will retry');
    } else if (now - this.#remindedAt >= REMIND_MS) {
      this.#log('error', { failure, behindSeconds }, 'the audit trail still cannot be sent');
    } else return;
    this.#awaySince ??= now;
    this.#remindedAt = now;
  }

  #noteBack(): void {
    if (this.#awaySince === undefined) return;
    const awaySeconds = Math.round((this.#options.now() - this.#awaySince) / 1000);
    this.#log('info', { awaySeconds }, 'the audit trail is sent again');
    this.#awaySince = undefined;
  }

  #log(level: 'info' | 'warn' | 'error', fields: object, message: string): void {
    this.#options.log[level]({ receiver: this.#options.receiver.name, ...fields }, message);
  }

  /** Ends early when this is stopped. */
  async #wait(milliseconds: number): Promise<void> {
    const { signal } = this.#stop;
    await sleep(milliseconds, undefined, { signal, ref: false }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
