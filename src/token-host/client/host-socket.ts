import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { FrameReader } from '../protocol/frames.js';
import { hostMessage } from '../protocol/messages.js';
import type { Greeting, HostMessage } from '../protocol/protocol.js';
import { TokenHostError } from '../protocol/token-error.js';

/** The kernel's limit for the path of a Unix socket (sun_path), less the closing zero. */
const MAX_SOCKET_PATH_BYTES = 107;

/** What becomes of the messages of the accepted connection. */
export interface Connection {
  readonly onMessage: (message: HostMessage) => void;
  /** The connection sent what is no frame, and is closed. */
  readonly onFrameError: (error: Error) => void;
}

type Accept = (socket: Socket) => Connection;

async function privateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new TokenHostError('invalid', `Others can enter ${path}; its mode must be 0700`);
  }
}

/**
 * A socket for one connection by one child process. Its name is random, it lies in a directory that
 * only we can enter, and the first frame must carry the nonce that only the child was told. It is
 * removed as soon as the child is connected.
 */
export class HostSocket {
  readonly #server: Server;
  readonly #nonce = randomBytes(32);
  readonly #path: string;
  readonly #sockets = new Set<Socket>();

  private constructor(path: string, accept: Accept) {
    this.#path = path;
    this.#server = createServer((socket) => this.#receive(socket, accept));
  }

  /** Opens the socket. Throws TokenHostError for a directory that is not private or too deep. */
  static async open(directory: string, accept: Accept): Promise<HostSocket> {
    await privateDirectory(directory);
    const path = join(directory, `${randomBytes(12).toString('hex')}.sock`);
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
      throw new TokenHostError('invalid', `The path of the socket is too long: ${path}`);
    }
    const opened = new HostSocket(path, accept);
    await new Promise<void>((resolve, reject) => {
      opened.#server.once('error', reject);
      opened.#server.listen(path, resolve);
    });
    await chmod(path, 0o600);
    return opened;
  }

  /** What the child is to be told. */
  get greeting(): Greeting {
    return { socketPath: this.#path, nonce: this.#nonce.toString('hex') };
  }

  /** Removes the socket and every connection that has not shown the nonce. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #receive(socket: Socket, accept: Accept): void {
    let connection: Connection | undefined;
    this.#sockets.add(socket);
    const reader = new FrameReader(hostMessage, (message) => {
      if (connection !== undefined) {
        connection.onMessage(message);
        return;
      }
      if (!this.#isHello(message)) {
        socket.destroy();
        return;
      }
      this.#sockets.delete(socket);
      this.close();
      connection = accept(socket);
    });
    socket.on('data', (chunk) => {
      try {
        reader.push(chunk as Buffer);
      } catch (error) {
        connection?.onFrameError(error as Error);
        socket.destroy();
      }
    });
    // The close event follows; a reset connection is nothing but a host that died.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
  }

  #isHello(message: HostMessage): boolean {
    if (message[0] !== 'hello') return false;
    const [, nonce] = message;
    return nonce.length === this.#nonce.length && timingSafeEqual(nonce, this.#nonce);
  }
}
