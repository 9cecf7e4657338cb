/** Reads bodies into memory, and holds little of those that nobody stands for. */
import type { IncomingMessage } from 'node:http';
import { CommonError, unavailable } from '../../kernel/common-errors.js';

const MEBIBYTE = 1024 * 1024;

/** Octets of a body that are read from whoever sends them. */
const MAX_OF_ANYBODY = 64 * 1024;

/** Octets of bodies that have begun and not ended, over all connections. */
export interface BodyBounds {
  /** Beyond this, and not refused yet, are bodies that somebody stands for. */
  readonly ofAnybody: number;
  readonly vouched: number;
}

export interface BodyReaderOptions {
  readonly bounds?: BodyBounds;
  readonly patienceMs?: number;
}

const PATIENCE_MS = 10_000;
const BOUNDS: BodyBounds = { ofAnybody: 64 * MEBIBYTE, vouched: 256 * MEBIBYTE };

/**
 * Whether a request names somebody who may send long bodies. It isn't authenticated yet: that needs the
 * body.
 * @param head what has come of the body
 */
export type Vouches = (request: IncomingMessage, head: Buffer) => boolean | Promise<boolean>;

type Pool = keyof BodyBounds;

export class BodyReader {
  readonly #maxBytes: number;
  readonly #vouches: Vouches;
  readonly #bounds: BodyBounds;
  readonly #patienceMs: number;
  readonly #held: Record<Pool, number> = { ofAnybody: 0, vouched: 0 };

  /**
   * @param maxBytes of one body, whoever sends it
   * @param patienceMs for how long the answer whether somebody vouches is waited for
   */
  constructor(
    maxBytes: number,
    vouches: Vouches,
    { bounds = BOUNDS, patienceMs = PATIENCE_MS }: BodyReaderOptions = {},
  ) {
    this.#maxBytes = maxBytes;
    this.#patienceMs = patienceMs;
    this.#vouches = vouches;
    this.#bounds = bounds;
  }

  /** Octets that are held now. */
  get held(): Readonly<Record<Pool, number>> {
    return this.#held;
  }

  /**
   * Reads a request's body.
   * @throws CommonError RequestEntityTooLargeException as soon as it is longer than it may be, whether
   * the client said so or not, or than 64 KiB when nobody vouches for it; ServiceUnavailableException
   * when too much is held of others; Error when the client goes away.
   */
  read(request: IncomingMessage): Promise<Buffer> {
    const maxBytes = this.#maxBytes;
    return new Promise((resolve, reject) => {
      if (Number(request.headers['content-length'] ?? 0) > maxBytes) return reject(tooLarge());
      let chunks: Buffer[] = [];
      let length = 0;
      let pool: Pool = 'ofAnybody';
      let asking = false;
      let ended = false;
      const end = () => {
        if (ended) return;
        ended = true;
        this.#held[pool] -= length;
        chunks = [];
      };
      const fail = (error: Error) => {
        end();
        reject(error);
        // What still comes is passed over: the answer ends the connection.
        request.resume();
      };
      const vouch = async () => {
        asking = true;
        request.pause();
        // Behind a database that doesn't answer nobody vouches.
        const late = setTimeout(() => fail(unavailable()), this.#patienceMs);
        let vouched: boolean;
        try {
          vouched = await this.#vouches(request, Buffer.concat(chunks, length));
        } finally {
          clearTimeout(late);
        }
        if (ended) return;
        if (!vouched) return fail(length > MAX_OF_ANYBODY ? tooLarge() : unavailable());
        this.#held.ofAnybody -= length;
        this.#held.vouched += length;
        pool = 'vouched';
        if (this.#isFull(pool)) fail(unavailable());
        else request.resume();
      };
      request.on('data', (chunk: Buffer) => {
        if (ended) return;
        chunks.push(chunk);
        length += chunk.length;
        this.#held[pool] += chunk.length;
        if (length > maxBytes) fail(tooLarge());
        else if (pool === 'vouched') {
          if (this.#isFull(pool)) fail(unavailable());
        } else if (!asking && (length > MAX_OF_ANYBODY || this.#isFull(pool))) vouch().catch(fail);
      });
      request.on('end', () => {
        if (ended) return;
        const body = Buffer.concat(chunks, length);
        end();
        resolve(body);
      });
      request.on('error', fail);
      // Every request closes; only one that closes too early is worth an error and its stack.
      request.on('close', () => {
        if (!request.readableEnded) fail(new Error('the client went away'));
      });
    });
  }

  #isFull(pool: Pool): boolean {
    return this.#held[pool] > this.#bounds[pool];
  }
}

function tooLarge(): CommonError {
  return new CommonError('RequestEntityTooLargeException', 'The request body is too large.');
}
