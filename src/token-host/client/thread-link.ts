import type { Socket } from 'node:net';
import { FrameWriter } from '../protocol/frames.js';
import type { HostMessage, HostThread, ServerMessage } from '../protocol/protocol.js';

/** The server's end of one host thread's connection, and the calls that the thread has been given. */
export class ThreadLink {
  readonly thread: HostThread;
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  /** Calls sent and not yet answered. */
  readonly running = new Set<number>();
  /** When the last of them was answered, in milliseconds of performance.now(). */
  idleSince = performance.now();

  constructor(thread: HostThread, socket: Socket) {
    this.thread = thread;
    this.#socket = socket;
    this.#writer = new FrameWriter(socket);
  }

  /** Queues a message for the end of this turn. Throws FrameError when it is too long. */
  send(message: ServerMessage): void {
    this.#writer.send(message);
  }

  /** Writes a message with a secret at once and zeroes its bytes. */
  sendSecret(message: ServerMessage): void {
    this.#writer.sendThen(message);
  }

  /** A call is given to the thread. Throws FrameError when it is too long. */
  give(id: number, message: ServerMessage): void {
    this.send(message);
    this.running.add(id);
  }

  /** Takes in an answer; false for a call that the thread was not given. */
  answered(reply: HostMessage & { 1: number }): boolean {
    if (!this.running.delete(reply[1])) return false;
    if (this.running.size === 0) this.idleSince = performance.now();
    return true;
  }

  /** The thread ends when it has done what it does. */
  close(): void {
    this.#writer.flush();
    this.#socket.end();
  }
}
