import type { Socket } from 'node:net';
import { FrameWriter } from '../protocol/frames.js';
import type { HostThread, ServerMessage } from '../protocol/protocol.js';
import type { CallName } from '../protocol/token-calls.js';
import type { CallCosts } from './call-costs.js';

/** A call that a thread has. */
export interface GivenCall {
  readonly name: CallName;
  /** Of the key that it uses, empty when it has none. */
  readonly ckaId: string;
}

/** The server's end of one host thread's connection, and the calls that the thread has been given. */
export class ThreadLink {
  readonly thread: HostThread;
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  readonly #costs: CallCosts;
  /** Calls sent and not yet answered, in their order: the thread runs the first. */
  readonly running = new Map<number, GivenCall>();
  /** What they are expected to take, in milliseconds. */
  backlog = 0;
  /** When the running call was begun, or the last one answered, in milliseconds of performance.now(). */
  #since = performance.now();
  #ending = false;

  constructor(thread: HostThread, socket: Socket, costs: CallCosts) {
    this.thread = thread;
    this.#socket = socket;
    this.#writer = new FrameWriter(socket);
    this.#costs = costs;
  }

  /** Milliseconds since the last call was answered; 0 while one runs. */
  get idleMs(): number {
    return this.running.size > 0 ? 0 : performance.now() - this.#since;
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
  give(id: number, call: GivenCall, message: ServerMessage): void {
    this.send(message);
    if (this.running.size === 0) this.#since = performance.now();
    this.running.set(id, call);
    this.backlog += this.#costs.of(call.name);
  }

  /** Takes in that a call was answered; false for one that the thread was not given. */
  answered(id: number): boolean {
    const call = this.running.get(id);
    if (call === undefined) return false;
    const now = performance.now();
    this.#costs.learn(call.name, now - this.#since);
    this.#since = now;
    this.running.delete(id);
    this.backlog = 0;
    for (const { name } of this.running.values()) this.backlog += this.#costs.of(name);
    if (this.#ending && this.running.size === 0) this.close();
    return true;
  }

  /** The thread ends when it has answered what it was given. */
  end(): void {
    this.#ending = true;
    if (this.running.size === 0) this.close();
  }

  /** The thread ends when it has done what it does. */
  close(): void {
    this.#writer.flush();
    this.#socket.end();
  }
}
