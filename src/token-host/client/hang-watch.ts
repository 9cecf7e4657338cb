import { heartbeatInterval, type TokenSettings } from '../protocol/protocol.js';

/**
 * Tells a host that hangs from one that is slow. Slow: many calls wait, each runs within its time.
 * Hung: one call has been running longer than the time-out, or the heartbeats have stopped.
 */
export class HangWatch {
  readonly #settings: TokenSettings;
  readonly #onHung: () => void;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #lastBeat = 0;
  #lastLook = 0;

  constructor(settings: TokenSettings, onHung: () => void) {
    this.#settings = settings;
    this.#onHung = onHung;
    this.#intervalMs = heartbeatInterval(settings.callTimeoutMs);
  }

  /** Begins to watch; until then the start time-out applies. */
  start(): void {
    this.#lastBeat = Date.now();
    this.#lastLook = this.#lastBeat;
    this.#timer = setInterval(() => this.#look(), this.#intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Takes in a heartbeat: the ages in milliseconds of the oldest running calls. */
  beat(workerAge: number, managementAge: number): void {
    this.#lastBeat = Date.now();
    if (this.#timer === undefined) return;
    const { callTimeoutMs, managementTimeoutMs } = this.#settings;
    if (workerAge > callTimeoutMs || managementAge > managementTimeoutMs) this.#onHung();
  }

  #look(): void {
    const now = Date.now();
    const late = now - this.#lastLook > 3 * this.#intervalMs;
    this.#lastLook = now;
    // This process was stalled itself; the heartbeats of that time are still in the socket.
    if (late) this.#lastBeat = now;
    const silence = Math.max(this.#settings.callTimeoutMs, 4 * this.#intervalMs);
    if (now - this.#lastBeat > silence) this.#onHung();
  }
}
