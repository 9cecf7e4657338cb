import { createConnection, type Socket } from 'node:net';
import { FrameReader, FrameWriter } from '../protocol/frames.js';
import { serverMessage } from '../protocol/messages.js';
import type { Greeting, HostMessage, HostThread, ServerMessage } from '../protocol/protocol.js';
import type { Outcome } from './thread-messages.js';

/** Answers that are ready within so many milliseconds are written together. */
const TOGETHER_MS = 0.2;

/** One thread's own connection to the server, so that no call is handed from thread to thread. */
export class ThreadSocket {
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  #flushed = 0;

  /** `onClose` comes once, also for a connection that could not be made. */
  constructor(
    { socketPath, nonce }: Greeting,
    thread: HostThread,
    events: {
      readonly onConnect?: () => void;
      readonly onMessage: (message: ServerMessage) => void;
      readonly onClose: () => void;
    },
  ) {
    const reader = new FrameReader(serverMessage, events.onMessage);
    this.#socket = createConnection(socketPath);
    this.#writer = new FrameWriter(this.#socket);
    this.#socket.once('connect', () => {
      this.send(['hello', Buffer.from(nonce, 'hex'), thread]);
      events.onConnect?.();
    });
    this.#socket.on('data', (chunk) => {
      this.#flushed = performance.now();
      reader.push(chunk as Buffer);
      this.#writer.flush();
    });
    // The close event follows.
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.once('close', events.onClose);
  }

  /**
   * Writes at once, since the next call on this thread may take long; together with the answers to what
   * came with it where these take next to no time.
   */
  send(message: HostMessage): void {
    this.#writer.send(message);
    const now = performance.now();
    if (now - this.#flushed < TOGETHER_MS) return;
    this.#flushed = now;
    this.#writer.flush();
  }

  /** The same, and calls `done` when the kernel has it. */
  sendThen(message: HostMessage, done: () => void): void {
    this.#writer.sendThen(message, done);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** How the outcome of a call is sent. */
export function answerOf(id: number, outcome: Outcome): HostMessage {
  if (outcome.kind === 'result') return ['result', id, outcome.value];
  if (outcome.kind === 'failed') return ['failed', id, outcome.rv, outcome.action];
  return ['fault', id, outcome.fault, outcome.message];
}
