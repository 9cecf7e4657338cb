/**
 * One connection: everything is sent over it, this end is closed, and the other end closes when it has
 * read to there. What closes or breaks before that is no answer. Closing is looked at below TLS: a process
 * that dies may still say goodbye in TLS, while its system resets a connection with octets that it hasn't
 * read.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';

/** Without any progress a connection is given up. */
const SILENCE_MS = 10_000;

/**
 * @param socket that is being connected
 * @param tls what is needed to encrypt; undefined where nothing is encrypted
 * @param stop ends it before
 * @throws what failed
 */
export function exchange(
  socket: Socket,
  tls: ConnectionOptions | undefined,
  octets: Buffer,
  stop: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      reject(error);
      socket.destroy();
    };
    const stopped = () => fail(new Error('stopped'));
    stop.addEventListener('abort', stopped, { once: true });
    socket.setTimeout(SILENCE_MS, () => fail(new Error('no answer')));
    socket.on('error', fail);
    socket.once('end', () => {
      // Its end may have been under way before it could have read all: nobody knows then what it has.
      if (!socket.writableFinished) fail(new Error('the receiver closed the connection'));
    });
    socket.once('close', () => {
      stop.removeEventListener('abort', stopped);
      if (socket.readableEnded) resolve();
      else reject(new Error('the connection was lost'));
    });
    const secured = tls && connect({ ...tls, socket: new Wire(socket).on('error', fail) });
    secured?.on('error', fail);
    const sender: Duplex = secured ?? socket;
    // What it says is read, so that its end is seen.
    sender.resume();
    sender.end(octets);
    if (stop.aborted) stopped();
  });
}

/** A socket as TLS uses it, which it can't close before its own end. */
class Wire extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk) => {
      if (!this.destroyed && !this.push(chunk)) socket.pause();
    });
    socket.once('end', () => {
      if (!this.destroyed) this.push(null);
    });
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.resume();
    done(error);
  }
}
