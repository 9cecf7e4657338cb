import type { Socket } from 'node:net';
import { FrameWriter } from '../protocol/frames.js';
import type { ObjectRow } from '../protocol/key-objects.js';
import type { HostMessage, ServerMessage, TokenInfo } from '../protocol/protocol.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import type { TokenClientOptions } from './client-options.js';
import { HangWatch } from './hang-watch.js';
import { HostChild } from './host-child.js';
import { type Connection, HostSocket } from './host-socket.js';

/** Between the end of the connection and the end of the process. */
const EXIT_ALLOWANCE_MS = 200;

/** What the host may take longer than `startTimeoutMs`, for the process itself to start. */
const SPAWN_ALLOWANCE_MS = 2000;

/** The answer to one call. */
export type Reply = HostMessage & { 0: 'result' | 'failed' | 'fault' };

/** Why a host is no more. */
export interface HostEnd {
  readonly error: TokenError | TokenHostError;
  /**
   * `killed`: by a SIGKILL that was not ours, which no call is to blame for. `crashed`: by itself.
   * `hung`: by us. `reported`: it said why it cannot go on.
   */
  readonly cause: 'killed' | 'crashed' | 'hung' | 'reported';
  /** It had called C_Login and not said how that ended. */
  readonly loginPending: boolean;
}

/** What a host reports. `onEnd` comes once, and nothing after it. */
export interface HostEvents {
  readonly onAbsent: () => void;
  readonly onObjects: (
    reset: boolean,
    removed: readonly string[],
    added: readonly ObjectRow[],
  ) => void;
  readonly onReady: (info: TokenInfo) => void;
  readonly onReply: (reply: Reply) => void;
  readonly onEnd: (end: HostEnd) => void;
}

/** One child process and the connection to it, from its start to its end. */
export class HostProcess {
  readonly #options: TokenClientOptions;
  readonly #events: HostEvents;
  readonly #watch: HangWatch;
  #child: HostChild | undefined;
  #writer: FrameWriter | undefined;
  #socket: HostSocket | undefined;
  #startTimer: NodeJS.Timeout | undefined;
  #loginPending = false;
  #connected = false;
  #ended = false;

  constructor(options: TokenClientOptions, events: HostEvents) {
    this.#options = options;
    this.#events = events;
    this.#watch = new HangWatch(options.settings, () =>
      this.#end(new TokenHostError('lost', 'The token host hung and was killed'), 'hung'),
    );
  }

  /** Spawns the process and hands it the PIN. The events say what comes of it. */
  async launch(pin: Buffer): Promise<void> {
    const { settings, socketDir } = this.#options;
    this.#startTimer = setTimeout(
      () => this.#end(new TokenHostError('lost', 'The token host did not start in time'), 'hung'),
      settings.startTimeoutMs + SPAWN_ALLOWANCE_MS,
    );
    try {
      const listening = await HostSocket.open(socketDir, (socket) => this.#accept(socket, pin));
      // The client may have been stopped while the socket opened.
      if (this.#ended) listening.close();
      else this.#spawn(listening);
    } catch (error) {
      const known = error instanceof TokenHostError;
      const cause = known ? error : new TokenHostError('lost', 'No socket', { cause: error });
      this.#end(cause);
    }
  }

  /** Sends one message. Throws FrameError when it is too long. */
  send(message: ServerMessage): void {
    this.#writer?.send(message);
  }

  /** Asks the host to end, kills it after `graceMs`, and settles when the process is gone. */
  async stop(graceMs: number): Promise<void> {
    this.send(['stop']);
    this.#silence();
    if (this.#writer === undefined) this.#child?.kill();
    const timer = setTimeout(() => this.#child?.kill(), graceMs);
    await this.#child?.exited;
    clearTimeout(timer);
  }

  #spawn(listening: HostSocket): void {
    this.#socket = listening;
    this.#child = new HostChild(this.#options, listening.greeting, {
      onExit: () => this.#gone(),
      onSpawnError: (cause) =>
        this.#end(new TokenHostError('lost', 'The token host cannot be spawned', { cause })),
    });
  }

  #accept(socket: Socket, pin: Buffer): Connection {
    const writer = new FrameWriter(socket);
    this.#writer = writer;
    this.#connected = true;
    socket.once('close', () => {
      this.#connected = false;
      this.#gone();
    });
    writer.sendThen(['start', this.#options.settings, pin] satisfies ServerMessage);
    return {
      onMessage: (message: HostMessage) => this.#receive(message),
      onFrameError: (cause: Error) =>
        this.#end(new TokenHostError('lost', 'The token host sent a bad frame', { cause })),
    };
  }

  #receive(message: HostMessage): void {
    if (this.#ended) return;
    switch (message[0]) {
      case 'result':
      case 'failed':
      case 'fault':
        this.#events.onReply(message);
        break;
      case 'beat':
        this.#watch.beat(message[1], message[2]);
        break;
      case 'objects':
        this.#events.onObjects(message[1], message[2], message[3]);
        break;
      case 'login':
        this.#loginPending = true;
        break;
      case 'absent':
        this.#events.onAbsent();
        break;
      case 'ready':
        this.#loginPending = false;
        clearTimeout(this.#startTimer);
        this.#watch.start();
        this.#events.onReady(message[1]);
        break;
      case 'fatal':
        this.#loginPending = false;
        this.#end(new TokenError(message[1], message[2]));
        break;
      case 'unstartable':
        this.#end(new TokenHostError('lost', message[1]));
        break;
      case 'hello':
        break;
    }
  }

  /** The process or its connection ended. Waits for both: answers may still be in the socket. */
  #gone(): void {
    const child = this.#child;
    if (this.#ended || child === undefined || this.#connected) return;
    const { exit } = child;
    if (exit === undefined) {
      // Without its connection it is to end; the exit event brings us here again.
      setTimeout(() => child.kill(), EXIT_ALLOWANCE_MS).unref();
      return;
    }
    const message = `The token host died (${exit.reason})`;
    this.#end(new TokenHostError('lost', message), exit.killedByOthers ? 'killed' : 'crashed');
  }

  #end(error: TokenError | TokenHostError, cause: HostEnd['cause'] = 'reported'): void {
    if (this.#ended) return;
    this.#silence();
    this.#child?.kill();
    this.#events.onEnd({ error, cause, loginPending: this.#loginPending });
  }

  #silence(): void {
    this.#ended = true;
    clearTimeout(this.#startTimer);
    this.#watch.stop();
    this.#socket?.close();
  }
}
