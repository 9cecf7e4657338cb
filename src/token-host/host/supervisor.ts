import type { Socket } from 'node:net';
import { FrameReader, FrameWriter } from '../protocol/frames.js';
import {
  type HostMessage,
  heartbeatInterval,
  OBJECT_ROWS_PER_FRAME,
  operationRow,
  type ServerMessage,
  type TokenSettings,
  WORKER_DEPTH,
} from '../protocol/protocol.js';
import type { ReturnCodeAction } from '../protocol/return-codes.js';
import { Dispatcher, type HostCall } from './dispatcher.js';
import { HandleMap, objectRows } from './handle-map.js';
import { HostThreads } from './host-threads.js';
import { Recovery } from './recovery.js';
import type { ThreadChannel } from './thread-channel.js';
import type { CallRequest, ObjectsChange, Outcome, ThreadReply } from './thread-messages.js';

/** How long running calls may take to end before the library is started afresh. */
const DRAIN_MS = 1000;

/** From the order to end until the host kills itself. */
const END_MS = 5000;

const NOT_RUN: Outcome = { kind: 'fault', fault: 'not-run', message: 'The token host is ending' };

/**
 * The main thread of a token host. It makes no PKCS#11 call, so it can always speak for threads that
 * hang in one: it takes calls, hands them out, sends heartbeats, and ends the process.
 */
export class Supervisor {
  readonly #socket: Socket;
  readonly #writer: FrameWriter;
  readonly #handles = new HandleMap();
  readonly #running = new Map<number, HostCall>();
  #threads: HostThreads | undefined;
  #laneQueue: Dispatcher | undefined;
  #workerQueue: Dispatcher | undefined;
  #recovery: Recovery | undefined;
  /** Takes no more calls. */
  #ending = false;
  /** The process is on its way out. */
  #closing = false;
  #onDrained: (() => void) | undefined;

  /** `nonce` proves to the server that this is the process it started. */
  constructor(socket: Socket, nonce: Uint8Array) {
    this.#socket = socket;
    this.#writer = new FrameWriter(socket);
    const reader = new FrameReader((message) => this.#receive(message as ServerMessage));
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
        this.#accept(message);
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
    this.#threads = threads;
    this.#recovery = new Recovery(threads);
    const beat = (): void => {
      const now = Date.now();
      this.#send(['beat', threads.workerAge(now), threads.lane.age(now)]);
    };
    setInterval(beat, heartbeatInterval(settings.callTimeoutMs)).unref();
    const started = threads.ask({ kind: 'start', pin });
    pin.fill(0);
    const { outcome, found } = await started;
    if (outcome.kind === 'fault') this.#send(['unstartable', outcome.message]);
    if (outcome.kind === 'failed') this.#send(['fatal', outcome.rv, outcome.action]);
    if (found === undefined) return;
    const events = {
      prepare: (call: HostCall) => this.#prepare(call),
      onExpired: (call: HostCall) =>
        this.#answer(call.id, { kind: 'fault', fault: 'deadline', message: 'It waited too long' }),
    };
    this.#laneQueue = new Dispatcher([threads.lane], 1, settings.maxQueued, events);
    this.#workerQueue = new Dispatcher(
      threads.serve(found),
      WORKER_DEPTH,
      settings.maxQueued,
      events,
    );
    this.#send(['ready', found.info]);
  }

  #queueOf(call: Pick<HostCall, 'operation'>): Dispatcher | undefined {
    return operationRow(call.operation).runs === 'lane' ? this.#laneQueue : this.#workerQueue;
  }

  #accept([, id, operation, deadline, ckaId, args]: ServerMessage & { 0: 'call' }): void {
    // A copy of its own size: sending a view to a thread would send the whole chunk it lies in.
    const own = new Uint8Array(args);
    args.fill(0);
    const call = { id, operation, deadline, ckaId, args: own, recoveries: 0, generation: 0 };
    if (this.#ending) this.#answer(id, NOT_RUN);
    else if (this.#queueOf(call)?.add(call) !== true) {
      this.#answer(id, { kind: 'fault', fault: 'busy', message: 'The queue is full' });
    }
  }

  #prepare(call: HostCall): CallRequest | undefined {
    const { id, operation, ckaId, args } = call;
    const objectClass = operationRow(operation).key;
    const key = objectClass === undefined ? undefined : this.#handles.find(ckaId, objectClass);
    if (objectClass !== undefined && key === undefined) {
      const message = `The token holds no single ${objectClass} key with this CKA_ID`;
      this.#answer(id, { kind: 'fault', fault: 'no-such-key', message });
      return undefined;
    }
    call.generation = this.#recovery?.generation ?? 0;
    this.#running.set(id, call);
    return { kind: 'call', id, operation, key, args };
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
        if (reply.objects !== undefined) this.#applyObjects(reply.objects);
        if (this.#threads?.settle(reply) !== true) this.#finish(reply.id, reply.outcome);
        const queue = channel === this.#threads?.lane ? this.#laneQueue : this.#workerQueue;
        queue?.pump();
        // In a host of one thread the lane serves both queues.
        if (queue === this.#laneQueue) this.#workerQueue?.pump();
        if (this.#running.size === 0) this.#onDrained?.();
        break;
      }
    }
  }

  #applyObjects(change: ObjectsChange): void {
    this.#handles.apply(change);
    if (change.reset) this.#recovery?.objectsRead();
    const pieces = objectRows(change.added, OBJECT_ROWS_PER_FRAME);
    for (const [index, rows] of pieces.entries()) {
      const first = index === 0;
      this.#send(['objects', first && change.reset, first ? change.removed : [], rows]);
    }
  }

  #finish(id: number, outcome: Outcome): void {
    const call = this.#running.get(id);
    if (call === undefined) return;
    this.#running.delete(id);
    if (outcome.kind === 'failed' && this.#recovery?.isCurable(call, outcome.action)) {
      void this.#recover(this.#recovery, call, outcome.action === 'login');
      return;
    }
    this.#answer(id, outcome);
    if (outcome.kind !== 'failed') return;
    if (outcome.action === 'restart' || outcome.action === 'refused') {
      void this.#giveUp(outcome.rv, outcome.action);
    }
  }

  async #recover(recovery: Recovery, call: HostCall, login: boolean): Promise<void> {
    const failure = await recovery.cure(call, login);
    if (this.#ending) this.#answer(call.id, NOT_RUN);
    else if (failure === undefined) this.#workerQueue?.addFirst(call);
    else {
      this.#running.set(call.id, call);
      this.#finish(call.id, failure);
    }
  }

  #answer(id: number, outcome: Outcome): void {
    if (outcome.kind === 'result') this.#send(['result', id, outcome.value]);
    else if (outcome.kind === 'failed') this.#send(['failed', id, outcome.rv, outcome.action]);
    else this.#send(['fault', id, outcome.fault, outcome.message]);
  }

  /** Lets running calls end, then asks the server for a new process. */
  async #giveUp(rv: number, action: ReturnCodeAction): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    for (const queue of [this.#workerQueue, this.#laneQueue]) {
      for (const call of queue?.close() ?? []) this.#answer(call.id, NOT_RUN);
    }
    await this.#drained(DRAIN_MS);
    this.#send(['fatal', rv, action]);
  }

  /** Ends the process: drain, close every session, finalize once. Kills itself when that hangs. */
  async #end(graceMs: number): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#ending = true;
    // Not process.exit(): it waits for threads that hang in a call.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), END_MS).unref();
    await this.#drained(graceMs);
    const threads = this.#threads;
    if (threads === undefined) {
      this.#socket.destroy();
      return;
    }
    await threads.end();
    this.#socket.destroy();
  }

  #drained(graceMs: number): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrained = resolve;
      setTimeout(resolve, graceMs).unref();
    });
  }

  #onThreadEnd(channel: ThreadChannel, error: Error | undefined): void {
    if (error === undefined) return;
    // A thread that fails leaves its calls unanswered, so the whole host gives way to a new one.
    const lane = channel === this.#threads?.lane;
    this.#send(['unstartable', `${lane ? 'The management lane' : 'A worker'}: ${error.message}`]);
  }
}
