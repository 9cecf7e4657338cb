import {
  type Greeting,
  type HostMessage,
  heartbeatInterval,
  type ServerMessage,
  type TokenSettings,
} from '../protocol/protocol.js';
import { Activity, Logins } from './activity.js';
import { HostThread } from './host-thread.js';
import type { ManagementData, ManagementReport, WorkerData } from './thread-messages.js';
import { ThreadSocket } from './thread-socket.js';

/** From the order to end until the host kills itself. */
const END_MS = 5000;

/** A worker and the memory that tells how long it has been in a call. */
interface Worker {
  readonly thread: HostThread;
  readonly activity: Activity;
}

/**
 * The main thread of a token host. It makes no PKCS#11 call, so it can always speak for threads that
 * hang in one: it starts them, sends heartbeats, and ends the process. Calls go to the threads without
 * passing through it.
 */
export class Supervisor {
  readonly #greeting: Greeting;
  readonly #socket: ThreadSocket;
  readonly #managing = new Activity();
  /** Workers' calls that the management thread runs. */
  readonly #working = new Activity();
  readonly #logins = new Logins();
  readonly #workers = new Set<Worker>();
  #settings: TokenSettings | undefined;
  #management: HostThread | undefined;
  /** The process is on its way out. */
  #closing = false;

  constructor(greeting: Greeting) {
    this.#greeting = greeting;
    this.#socket = new ThreadSocket(greeting, 'supervisor', {
      onMessage: (message) => this.#receive(message),
      // The server is gone: nobody would read an answer.
      onClose: () => void this.#end(),
    });
  }

  #receive(message: ServerMessage): void {
    switch (message[0]) {
      case 'start':
        // A copy in memory of its own: a pooled one would take its neighbours along to the thread.
        this.#start(message[1], new Uint8Array(message[2]));
        message[2].fill(0);
        break;
      case 'worker':
        this.#addWorker(message[1]);
        break;
      case 'stop':
        void this.#end();
        break;
    }
  }

  #start(settings: TokenSettings, pin: Uint8Array<ArrayBuffer>): void {
    this.#settings = settings;
    const data: ManagementData = {
      settings,
      greeting: this.#greeting,
      pin,
      managing: this.#managing.buffer,
      working: this.#working.buffer,
      logins: this.#logins.buffer,
    };
    this.#management = new HostThread(
      './management-thread.js',
      data,
      (report) => this.#onReport(report as ManagementReport),
      (error) => this.#unstartable(`The management thread: ${error.message}`),
    );
    pin.fill(0);
    setInterval(() => this.#beat(), heartbeatInterval(settings.callTimeoutMs)).unref();
  }

  #addWorker(slot: Buffer): void {
    const settings = this.#settings;
    if (settings === undefined || this.#closing) return;
    const activity = new Activity();
    const data: WorkerData = {
      settings,
      greeting: this.#greeting,
      slot: new Uint8Array(slot),
      working: activity.buffer,
      logins: this.#logins.buffer,
    };
    const worker: Worker = {
      activity,
      thread: new HostThread(
        './worker-thread.js',
        data,
        () => undefined,
        (error) => this.#unstartable(`A worker: ${error.message}`),
      ),
    };
    this.#workers.add(worker);
    void worker.thread.ended.then(() => this.#workers.delete(worker));
  }

  #beat(): void {
    const ages = [...this.#workers].map(({ activity }) => activity.age);
    this.#send(['beat', Math.max(this.#working.age, ...ages), this.#managing.age]);
  }

  #onReport(report: ManagementReport): void {
    switch (report.kind) {
      case 'login':
        this.#socket.sendThen(['login'], () => {
          const gate = new Int32Array(report.gate);
          Atomics.store(gate, 0, 1);
          Atomics.notify(gate, 0);
        });
        break;
      case 'ready': {
        // A Buffer comes out of a message between threads as a Uint8Array.
        const slot = Buffer.from(report.found.slot);
        this.#send(['ready', { ...report.found, slot }]);
        break;
      }
      case 'fatal':
        this.#send(['fatal', report.rv, report.action]);
        break;
      case 'misconfigured':
      case 'unstartable':
        this.#send([report.kind, report.message]);
        break;
      default:
        this.#send([report.kind]);
    }
  }

  /** A thread that fails leaves its calls unanswered, so the whole host gives way to a new one. */
  #unstartable(message: string): void {
    this.#send(['unstartable', message]);
  }

  #send(message: HostMessage): void {
    this.#socket.send(message);
  }

  /** Ends the process: close every session, finalize once. Kills itself when that hangs. */
  async #end(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    // Not process.exit(): it waits for threads that hang in a call.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), END_MS).unref();
    await Promise.all([...this.#workers].map(({ thread }) => thread.close()));
    await this.#management?.close();
    this.#socket.close();
  }
}
