import { heartbeatInterval, type TokenSettings } from '../protocol/protocol.js';
import { longestWait, runQueueDelays } from './run-queue.js';

/** The part of a time that a thread must have waited for a CPU for the host to count as starving. */
const STARVING = 0.25;

/** Time-outs that a starving host is given before it counts as hung all the same. */
const MOST_PATIENCE = 6;

/** The second look at a host that seems to hang comes after this part of the time-out, or a second. */
const SECOND_LOOK = 0.5;
const LONGEST_SECOND_LOOK_MS = 1000;

/** What was seen when a host first seemed to hang. */
interface Suspicion {
  readonly since: number;
  looked: number;
  delays: ReadonlyMap<string, number>;
}

/**
 * Tells a host that hangs from one that is slow or starved. Slow: many calls wait, each runs within its
 * time. Hung: one call has been running longer than the time-out, or the heartbeats have stopped; and,
 * looked at a second time, the host still does not move although the machine has CPUs for it.
 * All times are of a clock that nobody sets.
 */
export class HangWatch {
  readonly #settings: TokenSettings;
  readonly #pid: () => number | undefined;
  readonly #onHung: () => void;
  readonly #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #lastBeat = 0;
  #lastLook = 0;
  #overdue = false;
  #suspicion: Suspicion | undefined;

  /** `pid` answers the process that is watched. */
  constructor(settings: TokenSettings, pid: () => number | undefined, onHung: () => void) {
    this.#settings = settings;
    this.#pid = pid;
    this.#onHung = onHung;
    this.#intervalMs = heartbeatInterval(settings.callTimeoutMs);
  }

  /** Begins to watch; until then the start time-out applies. */
  start(): void {
    this.#lastBeat = performance.now();
    this.#lastLook = this.#lastBeat;
    this.#timer = setInterval(() => this.#look(), this.#intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Takes in a heartbeat: the ages in milliseconds of the oldest running calls. */
  beat(workerAge: number, managementAge: number): void {
    this.#lastBeat = performance.now();
    const { callTimeoutMs, managementTimeoutMs } = this.#settings;
    this.#overdue = workerAge > callTimeoutMs || managementAge > managementTimeoutMs;
    if (this.#timer !== undefined) this.#judge(this.#lastBeat);
  }

  #look(): void {
    const now = performance.now();
    const late = now - this.#lastLook > 3 * this.#intervalMs;
    this.#lastLook = now;
    // This process was stalled itself; the heartbeats of that time are still in the socket.
    if (late) this.#lastBeat = now;
    this.#judge(now);
  }

  #judge(now: number): void {
    const { callTimeoutMs } = this.#settings;
    const silence = Math.max(callTimeoutMs, 4 * this.#intervalMs);
    const pid = this.#pid();
    if (pid === undefined || (!this.#overdue && now - this.#lastBeat <= silence)) {
      this.#suspicion = undefined;
      return;
    }
    const suspicion = this.#suspicion;
    if (suspicion === undefined) {
      this.#suspicion = { since: now, looked: now, delays: runQueueDelays(pid) };
      return;
    }
    const passed = now - suspicion.looked;
    if (passed < Math.min(SECOND_LOOK * callTimeoutMs, LONGEST_SECOND_LOOK_MS)) return;
    const delays = runQueueDelays(pid);
    const starving = longestWait(suspicion.delays, delays) > STARVING * passed;
    if (!starving || now - suspicion.since > MOST_PATIENCE * callTimeoutMs) {
      this.#onHung();
      return;
    }
    suspicion.looked = now;
    suspicion.delays = delays;
  }
}
