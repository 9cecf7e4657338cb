import type { TokenFound, TokenSettings, WorkerProof } from '../protocol/protocol.js';
import type { ThreadLink } from './thread-link.js';

/** Calls that a thread of a busy token may hold: the running one, and the next. */
const THREAD_DEPTH = 2;

/**
 * Where calls take next to no time, waking another thread costs more than to wait for this one: so much
 * work, in milliseconds, and so many calls are put into one queue.
 */
const SHORT_WAIT_MS = 0.5;
const SHORT_DEPTH = 16;

/** The sessions that the management thread works with: the one that is logged in, and that of loaded keys. */
const MANAGEMENT_SESSIONS = 2;

/** A worker that had nothing to do for so long gives its session back, to whoever shares the token. */
const IDLE_MS = 30_000;

/** From a session that the token had not to the next attempt to get one. */
const GROW_AGAIN_MS = 5000;

const NOT_LOGGED_IN_TWICE = 2;

export interface WorkerPoolEvents {
  /** The host is to start a worker. */
  readonly start: () => void;
  /** There is room for calls. */
  readonly onRoom: () => void;
  /** The workers don't share the library's state: the management thread is to run all calls. */
  readonly onSingle: () => void;
  /** A worker sees no login, although the management thread has logged in: make sure of that. */
  readonly onNotLoggedIn: () => void;
}

/**
 * The worker threads of a host: as many as there is work for, the settings allow and the token has
 * sessions. While there is none the management thread stands in for them.
 */
export class WorkerPool {
  readonly #management: ThreadLink;
  readonly #events: WorkerPoolEvents;
  readonly #most: number;
  readonly #workers: ThreadLink[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #limit: number;
  #starting = 0;
  #notLoggedIn = 0;

  #isShared = false;

  constructor(
    management: ThreadLink,
    found: TokenFound,
    settings: Pick<TokenSettings, 'sessions' | 'threads'>,
    events: WorkerPoolEvents,
  ) {
    this.#management = management;
    this.#events = events;
    this.#most = found.threads === 'single' ? 0 : mostWorkers(found, settings);
    this.#limit = this.#most;
    this.#timers.add(setInterval(() => this.#giveBack(), IDLE_MS / 2).unref());
    if (this.#limit > 0) this.#start();
  }

  /** Threads that run workers' calls: the management thread where it stands in for them. */
  get threads(): number {
    return Math.max(1, this.#workers.length);
  }

  /** Whether a worker of this host has proved that it shares the library's state. */
  get isShared(): boolean {
    return this.#isShared;
  }

  /** A thread that may be given a call; undefined when all are busy. Starts another where that helps. */
  pick(): ThreadLink | undefined {
    const [first] = this.#workers;
    if (first === undefined) return this.#standIn();
    let best = first;
    for (const worker of this.#workers) {
      const { running, backlog } = worker;
      if (running.size === 0 || (backlog < SHORT_WAIT_MS && running.size < SHORT_DEPTH)) {
        return worker;
      }
      if (running.size < best.running.size) best = worker;
    }
    if (this.#starting === 0 && this.#workers.length < this.#limit) this.#start();
    // Who waits for a new thread does not wait behind a call that may take long.
    return this.#starting === 0 && best.running.size < THREAD_DEPTH ? best : undefined;
  }

  #standIn(): ThreadLink | undefined {
    if (this.#starting > 0) return undefined;
    if (this.#limit > 0) {
      this.#start();
      return undefined;
    }
    return this.#management.running.size < THREAD_DEPTH ? this.#management : undefined;
  }

  /** A worker said what it found. */
  proved(worker: ThreadLink, proof: WorkerProof): void {
    this.#starting -= 1;
    if (proof === 'serving') {
      this.#notLoggedIn = 0;
      this.#isShared = true;
      this.#workers.push(worker);
    } else {
      worker.close();
      this.#failed(proof);
    }
    this.#events.onRoom();
  }

  /** The token had no session for this worker, which ends. */
  withoutSession(worker: ThreadLink): void {
    this.closed(worker);
    worker.end();
    this.#shrink();
  }

  /** The worker's connection ended. */
  closed(worker: ThreadLink): void {
    const at = this.#workers.indexOf(worker);
    if (at !== -1) this.#workers.splice(at, 1);
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#limit = 0;
  }

  #start(): void {
    this.#starting += 1;
    this.#events.start();
  }

  #failed(proof: Exclude<WorkerProof, 'serving'>): void {
    if (proof === 'no-session') {
      this.#shrink();
      return;
    }
    if (proof === 'not-logged-in') {
      // The login may have been lost this moment; only where it stays so are its threads apart.
      this.#notLoggedIn += 1;
      if (this.#notLoggedIn < NOT_LOGGED_IN_TWICE) {
        this.#events.onNotLoggedIn();
        this.#start();
        return;
      }
    }
    this.#limit = 0;
    this.#events.onSingle();
  }

  /** The token has no more sessions than these now; it may have later. */
  #shrink(): void {
    this.#limit = this.#workers.length;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#limit = this.#most;
    }, GROW_AGAIN_MS).unref();
    this.#timers.add(timer);
  }

  #giveBack(): void {
    for (const worker of this.#workers.slice(1)) {
      if (worker.idleMs < IDLE_MS) continue;
      this.closed(worker);
      worker.close();
    }
  }
}

function mostWorkers(
  { maxSessions }: TokenFound,
  { sessions, threads }: Pick<TokenSettings, 'sessions' | 'threads'>,
): number {
  const allowed = maxSessions === undefined ? Infinity : maxSessions - MANAGEMENT_SESSIONS;
  const wanted = typeof threads === 'number' ? Math.min(threads, sessions) : sessions;
  return Math.max(0, Math.min(wanted, allowed));
}
