import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { FrameWriter } from '../protocol/frames.js';
import type { HostMessage, ObjectRow, ServerMessage, TokenInfo } from '../protocol/protocol.js';
import { TokenError, TokenHostError } from '../protocol/token-error.js';
import type { TokenClientOptions } from './client-options.js';
import { HangWatch } from './hang-watch.js';
import { hostEnvironment } from './host-environment.js';
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
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #writer: FrameWriter | undefined;
  #socket: HostSocket | undefined;
  #startTimer: NodeJS.Timeout | undefined;
  #loginPending = false;
  #connected = false;
  #killed = false;
  #ended = false;

  constructor(options: TokenClientOptions, events: HostEvents) {
    this.#options = options;
    this.#events = events;
    this.#watch = new HangWatch(options.settings, () =>
      this.#end(new TokenHostError('lost', 'The token host hung and was killed'), 'hung'),
    );
  }

  /** Spawns the process and hands it the PIN. What comes of it is told by the events. */
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
    if (this.#writer === undefined) this.#child?.kill('SIGKILL');
    const timer = setTimeout(() => this.#child?.kill('SIGKILL'), graceMs);
    await this.#exited;
    clearTimeout(timer);
  }

  #spawn(listening: HostSocket): void {
    this.#socket = listening;
    const { entry, settings, log } = this.#options;
    const child = spawn(process.execPath, [entry, 'token-host', settings.id], {
      env: hostEnvironment(process.env, settings.env),
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    child.once('error', (cause) =>
      this.#end(new TokenHostError('lost', 'The token host cannot be spawned', { cause })),
    );
    child.once('exit', () => this.#gone());
    child.stderr?.on('data', (text: Buffer) =>
      log.warn({ token: settings.id, text: text.toString('utf8', 0, 500) }, 'token host says'),
    );
    // The child may die before it reads; its exit event tells.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${JSON.stringify(listening.greeting)}\n`);
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
    const { exitCode, signalCode } = child;
    if (exitCode === null && signalCode === null) {
      // Without its connection it is to end; the exit event brings us here again.
      setTimeout(() => {
        this.#killed = true;
        child.kill('SIGKILL');
      }, EXIT_ALLOWANCE_MS).unref();
      return;
    }
    const outside = signalCode === 'SIGKILL' && !this.#killed;
    const message = `The token host died (${signalCode ?? `exit code ${exitCode}`})`;
    this.#end(new TokenHostError('lost', message), outside ? 'killed' : 'crashed');
  }

  #end(error: TokenError | TokenHostError, cause: HostEnd['cause'] = 'reported'): void {
    if (this.#ended) return;
    this.#silence();
    this.#child?.kill('SIGKILL');
    this.#events.onEnd({ error, cause, loginPending: this.#loginPending });
  }

  #silence(): void {
    this.#ended = true;
    clearTimeout(this.#startTimer);
    this.#watch.stop();
    this.#socket?.close();
  }
}
