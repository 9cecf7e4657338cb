/**
 * Since when a thread has been in one piece of work, in memory that it shares with the supervisor,
 * which can so speak for a thread that hangs in a call of the library.
 */
export class Activity {
  readonly buffer: SharedArrayBuffer;
  readonly #since: Float64Array;

  /** Another thread's activity when `buffer` is given. */
  constructor(buffer = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#since = new Float64Array(buffer);
  }

  /** A piece of work begins, or goes on after a step of it has ended: the thread is slow, not hung. */
  progress(): void {
    this.#since[0] = monotonicMs();
  }

  end(): void {
    this.#since[0] = 0;
  }

  /** Milliseconds that the present step has taken; 0 when idle. */
  get age(): number {
    const since = this.#since[0] ?? 0;
    return since === 0 ? 0 : monotonicMs() - since;
  }
}

/** The same clock in every thread of the process, which performance.now() is not. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Counts the logins of the management thread, and what else makes handles stale, in memory that it
 * shares with the workers. A library may give the number of a stale handle to another object: a handle
 * is used only under the count that it was found under.
 */
export class Logins {
  readonly buffer: SharedArrayBuffer;
  readonly #count: Int32Array;

  /** Another thread's when `buffer` is given. */
  constructor(buffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#count = new Int32Array(buffer);
  }

  /** The number of the present login. */
  get current(): number {
    return Atomics.load(this.#count, 0);
  }

  /** A login begins, or the session of the loaded keys ends. */
  next(): void {
    Atomics.add(this.#count, 0, 1);
  }
}
