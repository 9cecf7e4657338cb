import type { TokenSettings } from '../protocol/protocol.js';
import type { LaneAnswer } from './lane.js';
import { type ChannelEvents, ThreadChannel } from './thread-channel.js';
import type { LaneRequest, ThreadReply, TokenFound } from './thread-messages.js';

type Unnumbered<Request> = Request extends LaneRequest ? Omit<Request, 'id'> : never;

/** The anchor, and the two that a probe works with. */
const LANE_SESSIONS = 3;

/** The host's threads: one management lane, and the session workers once the token is found. */
export class HostThreads {
  readonly #settings: TokenSettings;
  readonly #events: ChannelEvents;
  readonly #waiting = new Map<number, (answer: LaneAnswer) => void>();
  readonly lane: ThreadChannel;
  #workers: ThreadChannel[] = [];
  #lastId = 0;

  constructor(settings: TokenSettings, events: ChannelEvents) {
    this.#settings = settings;
    this.#events = events;
    this.lane = this.#thread('./management-lane.js', { settings });
  }

  /**
   * The threads that serve calls: workers, or the lane itself where the library takes one thread
   * only. Some sessions of the token are left for the lane.
   */
  serve(found: TokenFound): ThreadChannel[] {
    if (found.threads === 'single') return [this.lane];
    const allowed = found.maxSessions === undefined ? Infinity : found.maxSessions - LANE_SESSIONS;
    const count = Math.max(1, Math.min(this.#settings.sessions, allowed));
    this.#workers = Array.from({ length: count }, () =>
      this.#thread('./worker.js', { settings: this.#settings, slot: found.slot }),
    );
    return [...this.#workers];
  }

  /** Asks the lane for something and waits for its answer. */
  ask(request: Unnumbered<LaneRequest>): Promise<LaneAnswer> {
    // Negative, so that it cannot be the number of a call.
    this.#lastId -= 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.lane.post({ ...request, id });
    });
  }

  /** Takes the answer to `ask`; false when the reply belongs to a call. */
  settle(reply: ThreadReply & { kind: 'done' }): boolean {
    const resolve = this.#waiting.get(reply.id);
    if (resolve === undefined) return false;
    this.#waiting.delete(reply.id);
    resolve(reply);
    return true;
  }

  /** Milliseconds of the oldest running call of the workers. */
  workerAge(now: number): number {
    return this.#workers.reduce((oldest, worker) => Math.max(oldest, worker.age(now)), 0);
  }

  /** Closes every session, finalizes the library once, and settles when all threads have ended. */
  async end(): Promise<void> {
    for (const worker of this.#workers) worker.close();
    await Promise.all(this.#workers.map((worker) => worker.ended));
    await this.ask({ kind: 'finalize' });
    this.lane.close();
    await this.lane.ended;
  }

  #thread(script: string, data: ConstructorParameters<typeof ThreadChannel>[1]): ThreadChannel {
    return new ThreadChannel(new URL(script, import.meta.url), data, this.#events);
  }
}
