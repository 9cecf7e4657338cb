import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, rm, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { FrameReader } from '../protocol/frames.js';
import { hostMessage } from '../protocol/messages.js';
import type { Greeting, HostMessage } from '../protocol/protocol.js';
import { TokenHostError } from '../protocol/token-error.js';
import { CallCosts } from './call-costs.js';
import { ThreadLink } from './thread-link.js';

/** The kernel's limit for the path of a Unix socket (sun_path), less the closing zero. */
const MAX_SOCKET_PATH_BYTES = 107;

/** What becomes of the connections of a host's threads. */
export interface HostConnections {
  readonly onConnect: (link: ThreadLink) => void;
  readonly onMessage: (message: HostMessage, link: ThreadLink) => void;
  /** The connection sent what is no frame, and is closed. */
  readonly onFrameError: (error: Error) => void;
  readonly onClose: (link: ThreadLink) => void;
}

async function privateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new TokenHostError('invalid', `Others can enter ${path}; its mode must be 0700`);
  }
}

/**
 * A socket for the threads of one child process. Its name is random, it lies in a directory that only
 * we can enter, and the first frame of a connection must carry the nonce that only the child was told.
 */
export class HostSocket {
  readonly #server: Server;
  readonly #nonce = randomBytes(32);
  readonly #path: string;
  readonly #connections: HostConnections;
  readonly #sockets = new Set<Socket>();
  readonly #costs = new CallCosts();

  private constructor(path: string, connections: HostConnections) {
    this.#path = path;
    this.#connections = connections;
    this.#server = createServer((socket) => this.#receive(socket));
  }

  /** Opens the socket. Throws TokenHostError for a directory that is not private or too deep. */
  static async open(directory: string, connections: HostConnections): Promise<HostSocket> {
    await privateDirectory(directory);
    const path = join(directory, `${randomBytes(12).toString('hex')}.sock`);
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) {
      throw new TokenHostError('invalid', `The path of the socket is too long: ${path}`);
    }
    const opened = new HostSocket(path, connections);
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

  /** Takes no more connections; those there are go on. */
  close(): void {
    this.#server.close();
  }

  /** Ends every connection, and settles when the socket's file is gone. */
  async destroy(): Promise<void> {
    this.close();
    for (const socket of this.#sockets) socket.destroy();
    await rm(this.#path, { force: true });
  }

  #receive(socket: Socket): void {
    let link: ThreadLink | undefined;
    this.#sockets.add(socket);
    const { onConnect, onMessage, onFrameError, onClose } = this.#connections;
    const reader = new FrameReader(hostMessage, (message) => {
      if (link !== undefined) {
        onMessage(message, link);
      } else if (message[0] === 'hello' && this.#isOurs(message[1])) {
        link = new ThreadLink(message[2], socket, this.#costs);
        onConnect(link);
      } else {
        socket.destroy();
      }
    });
    socket.on('data', (chunk) => {
      try {
        reader.push(chunk as Buffer);
      } catch (error) {
        if (link !== undefined) onFrameError(error as Error);
        socket.destroy();
      }
    });
    // The close event follows; a reset connection is nothing but a host that died.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (link !== undefined) onClose(link);
    });
  }

  #isOurs(nonce: Uint8Array): boolean {
    return nonce.length === this.#nonce.length && timingSafeEqual(nonce, this.#nonce);
  }
}
