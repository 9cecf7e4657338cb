import type { TokenSettings } from '../protocol/protocol.js';
import type { ChannelSource } from './dispatcher.js';
import { type ChannelEvents, ThreadChannel } from './thread-channel.js';
import type {
  ManagementAnswer,
  ManagementRequest,
  ThreadReply,
  TokenFound,
} from './thread-messages.js';

type Unnumbered<Request> = Request extends ManagementRequest ? Omit<Request, 'id'> : never;

/** The one that is logged in, and the two that a probe works with. */
const MANAGEMENT_SESSIONS = 3;

/** The host's threads: the management thread, and the workers once the token is found. */
export class HostThreads {
  readonly #settings: TokenSettings;
  readonly #events: ChannelEvents;
  readonly #waiting = new Map<number, (answer: ManagementAnswer) => void>();
  readonly management: ThreadChannel;
  readonly #workers: ThreadChannel[] = [];
  #lastId = 0;

  constructor(settings: TokenSettings, events: ChannelEvents) {
    this.#settings = settings;
    this.#events = events;
    this.management = this.#thread('./management-thread.js', { settings });
  }

  /**
   * The threads that serve calls: workers, as many as there is work for and the token has sessions, of
   * which some are left for the management thread; or that thread itself where the library takes one
   * thread only.
   */
  serve(found: TokenFound): ChannelSource {
    if (found.threads === 'single') return { first: this.management, another: () => undefined };
    const allowed =
      found.maxSessions === undefined ? Infinity : found.maxSessions - MANAGEMENT_SESSIONS;
    const count = Math.max(1, Math.min(this.#settings.sessions, allowed));
    const start = () => {
      const worker = this.#thread('./worker-thread.js', {
        settings: this.#settings,
        slot: found.slot,
      });
      this.#workers.push(worker);
      return worker;
    };
    return {
      first: start(),
      another: () => (this.#workers.length < count ? start() : undefined),
    };
  }

  /** Asks the management thread for something and waits for its answer. */
  ask(request: Unnumbered<ManagementRequest>): Promise<ManagementAnswer> {
    // Negative, so that it cannot be the number of a call.
    this.#lastId -= 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.management.post({ ...request, id });
    });
  }

  /** Takes the answer to `ask`; false when the reply belongs to a call. */
  takeAnswer(reply: ThreadReply & { kind: 'done' }): boolean {
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
    this.management.close();
    await this.management.ended;
  }

  #thread(script: string, data: ConstructorParameters<typeof ThreadChannel>[1]): ThreadChannel {
    return new ThreadChannel(new URL(script, import.meta.url), data, this.#events);
  }
}
