import type { HostMessage, TokenFound } from '../protocol/protocol.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import type { TokenClientOptions } from './client-options.js';
import { HangWatch } from './hang-watch.js';
import { HostChild } from './host-child.js';
import type { HostEnd, HostEvents, Reply } from './host-events.js';
import { HostSocket } from './host-socket.js';
import { Retirement } from './retirement.js';
import type { ThreadLink } from './thread-link.js';
import type { TokenFigures } from './token-figures.js';
import { WorkerPool } from './worker-pool.js';

const LAST_TRY =
  "the token has one try left for its PIN, which was not used: log in once with the vendor's tool, which resets the counter";

/** Between the end of the connection and the end of the process. */
const EXIT_ALLOWANCE_MS = 200;

/** What the host may take longer than `startTimeoutMs`, for the process itself to start. */
const SPAWN_ALLOWANCE_MS = 2000;

/** One child process and the connections of its threads, from its start to its end. */
export class HostProcess {
  readonly #options: TokenClientOptions;
  readonly #events: HostEvents;
  readonly #watch: HangWatch;
  #child: HostChild | undefined;
  #socket: HostSocket | undefined;
  #control: ThreadLink | undefined;
  #management: ThreadLink | undefined;
  #found: TokenFound | undefined;
  #pool: WorkerPool | undefined;
  #startTimer: NodeJS.Timeout | undefined;
  #loginPending = false;
  #onUnlinked: (() => void) | undefined;
  readonly #links = new Set<ThreadLink>();
  #retirement: Retirement | undefined;
  /** Why it was given up. */
  #why: TokenError | undefined;
  #ended = false;

  constructor(options: TokenClientOptions, events: HostEvents) {
    this.#options = options;
    this.#events = events;
    this.#watch = new HangWatch(
      options.settings,
      () => this.#child?.pid,
      () => this.#end(new TokenHostError('lost', 'The token host hung and was killed'), 'hung'),
    );
  }

  /** Spawns the process and hands it the PIN. The events say what comes of it. */
  async launch(pin: Buffer): Promise<void> {
    const { socketDir } = this.#options;
    this.#expectWord();
    try {
      const listening = await HostSocket.open(socketDir, {
        onConnect: (link) => this.#connect(link, pin),
        onMessage: (message, link) => this.#receive(message, link),
        onFrameError: (cause) =>
          this.#end(new TokenHostError('lost', 'The token host sent a bad frame', { cause })),
        onClose: (link) => this.#disconnected(link),
      });
      // The client may have been stopped while the socket opened.
      if (this.#ended) await listening.destroy();
      else this.#spawn(listening);
    } catch (error) {
      const known = error instanceof TokenHostError;
      const cause = known ? error : new TokenHostError('lost', 'No socket', { cause: error });
      this.#end(cause);
    }
  }

  /** The thread that finds, makes and destroys objects, unless it is busy. */
  get management(): ThreadLink | undefined {
    const idle = !this.retiring && this.#management?.running.size === 0;
    return idle ? this.#management : undefined;
  }

  /** Whether a thread has a call on this key. */
  uses(ckaId: string): boolean {
    return [...this.#links].some(({ running }) =>
      [...running.values()].some((call) => call.ckaId === ckaId),
    );
  }

  get threads(): number {
    return this.#pool?.threads ?? 0;
  }

  /** See `TokenFigures.sharing`; `single` also where the library itself says so. */
  get sharing(): TokenFigures['sharing'] {
    if (this.#pool?.isShared) return 'shared';
    return this.#found?.threads === 'single' ? 'single' : 'untried';
  }

  /** A thread with room for a call that any session can run. */
  worker(): ThreadLink | undefined {
    return this.retiring ? undefined : this.#pool?.pick();
  }

  /** Asks the host to end, kills it after `graceMs`, and settles when the process is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#control?.send(['stop']);
    this.#silence();
    if (this.#control === undefined) this.#child?.kill();
    const timer = setTimeout(() => this.#child?.kill(), graceMs);
    await this.#child?.exited;
    clearTimeout(timer);
    await this.#lastWords();
    await this.#socket?.destroy();
  }

  /** What the host has written before its end, of a login in particular, may still be on its way. */
  #lastWords(): Promise<void> {
    if (this.#links.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, EXIT_ALLOWANCE_MS);
      this.#onUnlinked = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Whether the host is on its way out and takes no more calls. */
  get retiring(): boolean {
    return this.#retirement !== undefined;
  }

  /** The host is of no use any more: see Retirement. `onEnd` says when it is gone, and `error` of why. */
  giveUp(error: TokenError): void {
    if (this.#retirement || this.#ended) return;
    this.#why = error;
    this.#retirement = new Retirement(
      () => this.#control?.send(['stop']),
      () => this.#end(error),
    );
    this.#retireWhenIdle();
  }

  #retireWhenIdle(): void {
    if ([...this.#links].every(({ running }) => running.size === 0)) this.#retirement?.idle();
  }

  #spawn(listening: HostSocket): void {
    this.#socket = listening;
    this.#child = new HostChild(this.#options, listening.greeting, {
      onExit: () => this.#gone(),
      onSpawnError: (cause) =>
        this.#end(new TokenHostError('lost', 'The token host cannot be spawned', { cause })),
    });
  }

  /** The host that starts is to say something within its time: how long it takes in all says nothing. */
  #expectWord(): void {
    clearTimeout(this.#startTimer);
    const { startTimeoutMs } = this.#options.settings;
    this.#startTimer = setTimeout(
      () => this.#end(new TokenHostError('lost', 'The token host did not start in time'), 'hung'),
      startTimeoutMs + SPAWN_ALLOWANCE_MS,
    );
  }

  #connect(link: ThreadLink, pin: Buffer): void {
    this.#links.add(link);
    if (this.#ended) {
      link.close();
    } else if (link.thread === 'supervisor') {
      this.#control = link;
      link.sendSecret(['start', this.#options.settings, pin]);
      this.#expectWord();
    } else if (link.thread === 'management') {
      this.#management = link;
      this.#beReady();
    }
  }

  #receive(message: HostMessage, link: ThreadLink): void {
    this.#noteLogin(message);
    if (this.#ended) return;
    switch (message[0]) {
      case 'result':
      case 'failed':
      case 'fault':
        if (link.answered(message[1])) this.#events.onReply(message);
        this.#retireWhenIdle();
        break;
      case 'no-session':
        if (link.answered(message[1])) this.#withoutSession(message, link);
        this.#retireWhenIdle();
        break;
      case 'beat':
        this.#watch.beat(message[1], message[2]);
        break;
      case 'listing':
      case 'objects':
      case 'listed':
        this.#events.onObjects(message);
        break;
      case 'proof':
        this.#pool?.proved(link, message[1]);
        break;
      case 'login':
      case 'logged-in':
        this.#spoke();
        break;
      case 'absent':
        this.#spoke();
        this.#events.onAbsent();
        break;
      case 'ready':
        this.#found = message[1];
        this.#beReady();
        break;
      case 'fatal':
        this.#end(new TokenError(message[1], message[2]));
        break;
      case 'last-try':
        this.#end(new TokenHostError('last-try', LAST_TRY));
        break;
      case 'misconfigured':
        this.#end(new TokenHostError('misconfigured', message[1]));
        break;
      case 'unstartable':
        this.#end(new TokenHostError('lost', message[1]));
        break;
      case 'hello':
        break;
    }
  }

  #noteLogin(message: HostMessage): void {
    switch (message[0]) {
      case 'login':
        this.#loginPending = true;
        this.#events.onLogin();
        break;
      case 'logged-in':
        this.#loginPending = false;
        this.#events.onLoggedIn();
        break;
      case 'fatal':
        if (this.#loginPending) this.#events.onLoginFailed(message[1]);
        break;
    }
  }

  #spoke(): void {
    if (this.#pool === undefined) this.#expectWord();
  }

  #beReady(): void {
    const { found, management } = { found: this.#found, management: this.#management };
    if (found === undefined || management === undefined || this.#pool !== undefined) return;
    clearTimeout(this.#startTimer);
    this.#watch.start();
    this.#pool = new WorkerPool(management, found, this.#options.settings, {
      start: () => this.#control?.send(['worker', found.slot]),
      onRoom: this.#events.onRoom,
      onSingle: this.#events.onSingle,
      onNotLoggedIn: this.#events.onNotLoggedIn,
    });
    management.send(['list']);
    this.#events.onReady(found);
  }

  #withoutSession(reply: Reply, link: ThreadLink): void {
    if (link.thread === 'worker') this.#pool?.withoutSession(link);
    this.#events.onReply(reply);
  }

  #disconnected(link: ThreadLink): void {
    this.#links.delete(link);
    if (this.#links.size === 0) this.#onUnlinked?.();
    this.#pool?.closed(link);
    if (link.thread === 'worker' && link.running.size === 0) return;
    this.#gone();
  }

  /** The process or a connection of it ended. Waits for all: answers may still be in the sockets. */
  #gone(): void {
    const child = this.#child;
    if (this.#ended || child === undefined) return;
    const { exit } = child;
    if (exit === undefined) {
      // Without its connection it is to end; the exit event brings us here again.
      setTimeout(() => child.kill(), EXIT_ALLOWANCE_MS).unref();
      return;
    }
    if (this.#links.size > 0) return;
    if (this.#why) {
      this.#end(this.#why);
      return;
    }
    const message = `The token host died (${exit.reason})`;
    this.#end(new TokenHostError('lost', message), exit.killedByOthers ? 'killed' : 'crashed');
  }

  #end(error: TokenError | TokenHostError, cause: HostEnd['cause'] = 'reported'): void {
    if (this.#ended) return;
    this.#silence();
    this.#child?.kill();
    void this.#socket?.destroy();
    this.#events.onEnd({ error, cause, loginPending: this.#loginPending });
  }

  #silence(): void {
    this.#ended = true;
    clearTimeout(this.#startTimer);
    this.#retirement?.stop();
    this.#watch.stop();
    this.#pool?.stop();
    this.#socket?.close();
  }
}
