import type { Socket } from 'node:net';
import { FrameReader, FrameWriter } from '../protocol/frames.js';
import { serverMessage } from '../protocol/messages.js';
import {
  type HostMessage,
  heartbeatInterval,
  OBJECT_ROWS_PER_FRAME,
  type ServerMessage,
  type TokenSettings,
} from '../protocol/protocol.js';
import type { ReturnCodeAction } from '../protocol/return-codes.js';
import { objectRows } from './handle-map.js';
import { HostCalls } from './host-calls.js';
import { HostThreads } from './host-threads.js';
import type { ThreadChannel } from './thread-channel.js';
import type { ObjectsChange, Outcome, ThreadReply } from './thread-messages.js';

/** How long running calls may take to end before the library is started afresh. */
const DRAIN_MS = 1000;

/** From the order to end until the host kills itself. */
const END_MS = 5000;

/** What the host works with once it was told which token to serve. */
interface Serving {
  readonly threads: HostThreads;
  readonly calls: HostCalls;
}

/**
 * The main thread of a token host. It makes no PKCS#11 call, so it can always speak for threads that
 * hang in one: it takes calls, hands them out, sends heartbeats, and ends the process.
 */
export class Supervisor {
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  #serving: Serving | undefined;
  /** The server was asked for a new process. */
  #unusable = false;
  /** The process is on its way out. */
  #closing = false;

  /** `nonce` proves to the server that this is the process it started. */
  constructor(socket: Socket, nonce: Uint8Array) {
    this.#socket = socket;
    this.#writer = new FrameWriter(socket);
    const reader = new FrameReader(serverMessage, (message) => this.#receive(message));
    socket.on('data', (chunk) => reader.push(chunk as Buffer));
    // The server is gone: nobody would read an answer.
    socket.on('close', () => void this.#end(DRAIN_MS));
    this.#send(['hello', nonce]);
  }

  #send(message: HostMessage): void {
    this.#writer.send(message);
  }

  #receive(message: ServerMessage): void {
    switch (message[0]) {
      case 'start':
        // A copy in memory of its own: a pooled one would take its neighbours along to the thread.
        void this.#start(message[1], new Uint8Array(message[2]));
        message[2].fill(0);
        break;
      case 'call':
        this.#serving?.calls.accept(message);
        break;
      case 'stop':
        void this.#end(END_MS);
        break;
    }
  }

  async #start(settings: TokenSettings, pin: Uint8Array<ArrayBuffer>): Promise<void> {
    const threads = new HostThreads(settings, {
      onReply: (reply, channel) => this.#onReply(reply, channel),
      onEnd: (channel, error) => this.#onThreadEnd(channel, error),
    });
    const calls = new HostCalls(threads, settings, {
      answer: (id, outcome) => this.#answer(id, outcome),
      onUnusable: (rv, action) => void this.#askForSuccessor(calls, rv, action),
    });
    this.#serving = { threads, calls };
    const beat = (): void => {
      const now = Date.now();
      this.#send(['beat', threads.workerAge(now), threads.management.age(now)]);
    };
    setInterval(beat, heartbeatInterval(settings.callTimeoutMs)).unref();
    const started = threads.ask({ kind: 'start', pin });
    pin.fill(0);
    const { outcome, found } = await started;
    if (outcome.kind === 'fault') this.#send(['unstartable', outcome.message]);
    if (outcome.kind === 'failed') this.#send(['fatal', outcome.rv, outcome.action]);
    if (found === undefined) return;
    calls.serve(found);
    this.#send(['ready', found.info]);
  }

  #onReply(reply: ThreadReply, channel: ThreadChannel): void {
    switch (reply.kind) {
      case 'progress':
        break;
      case 'login':
        this.#writer.sendThen(['login'], () => {
          const gate = new Int32Array(reply.gate);
          Atomics.store(gate, 0, 1);
          Atomics.notify(gate, 0);
        });
        break;
      case 'absent':
        this.#send(['absent']);
        break;
      case 'done': {
        if (this.#serving === undefined) break;
        const { threads, calls } = this.#serving;
        if (reply.objects !== undefined) {
          calls.applyObjects(reply.objects);
          this.#report(reply.objects);
        }
        if (!threads.takeAnswer(reply)) calls.finish(reply.id, reply.outcome);
        calls.onThreadFree(channel);
        break;
      }
    }
  }

  #report(change: ObjectsChange): void {
    const pieces = objectRows(change.added, OBJECT_ROWS_PER_FRAME);
    for (const [index, rows] of pieces.entries()) {
      const first = index === 0;
      this.#send(['objects', first && change.reset, first ? change.removed : [], rows]);
    }
  }

  #answer(id: number, outcome: Outcome): void {
    if (outcome.kind === 'result') this.#send(['result', id, outcome.value]);
    else if (outcome.kind === 'failed') this.#send(['failed', id, outcome.rv, outcome.action]);
    else this.#send(['fault', id, outcome.fault, outcome.message]);
  }

  /** Lets running calls end, then asks the server for a new process. */
  async #askForSuccessor(calls: HostCalls, rv: number, action: ReturnCodeAction): Promise<void> {
    if (this.#unusable || this.#closing) return;
    this.#unusable = true;
    calls.close();
    await calls.drained(DRAIN_MS);
    this.#send(['fatal', rv, action]);
  }

  /** Ends the process: drain, close every session, finalize once. Kills itself when that hangs. */
  async #end(graceMs: number): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    // Not process.exit(): it waits for threads that hang in a call.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), END_MS).unref();
    if (this.#serving !== undefined) {
      const { calls, threads } = this.#serving;
      calls.refuseMore();
      await calls.drained(graceMs);
      await threads.end();
    }
    this.#socket.destroy();
  }

  #onThreadEnd(channel: ThreadChannel, error: Error | undefined): void {
    if (error === undefined) return;
    // A thread that fails leaves its calls unanswered, so the whole host gives way to a new one.
    const management = channel === this.#serving?.threads.management;
    const thread = management ? 'The management thread' : 'A worker';
    this.#send(['unstartable', `${thread}: ${error.message}`]);
  }
}
