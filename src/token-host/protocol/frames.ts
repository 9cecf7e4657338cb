import type { Duplex } from 'node:stream';
import { Packr, RESERVE_START_SPACE } from 'msgpackr';
import type { Shape } from './shapes.js';

/** The longest frame body in bytes. A KMS payload is some kilobytes. */
export const MAX_FRAME_BYTES = 1024 * 1024;

const LENGTH_BYTES = 4;

// Plain MessagePack: no records, so neither side keeps a dictionary that the other can grow.
const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: false });

/** Thrown for a frame that is too long, does not decode or is no message. The connection is not usable after. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** MessagePack without a length, for the arguments and results inside a frame. */
export function packBody(value: unknown): Buffer {
  return packr.pack(value);
}

/** The reverse of `packBody`. Byte strings are views of `body`. Throws FrameError. */
export function unpackBody(body: Uint8Array): unknown {
  try {
    // A Buffer, not a Uint8Array, so that the byte strings inside come out as Buffers.
    return packr.unpack(Buffer.from(body.buffer, body.byteOffset, body.byteLength));
  } catch (error) {
    throw new FrameError('A frame does not decode', { cause: error });
  }
}

/** One frame: the body's length in four bytes, big-endian, then MessagePack. Throws FrameError. */
export function encodeFrame(message: unknown): Buffer {
  const frame = packr.pack(message, RESERVE_START_SPACE + LENGTH_BYTES);
  const length = frame.length - LENGTH_BYTES;
  if (length > MAX_FRAME_BYTES) throw new FrameError(`A frame of ${length} bytes is too long`);
  frame.writeUInt32BE(length, 0);
  return frame;
}

/** Cuts a byte stream into messages of one shape, however the stream was split on its way. */
export class FrameReader<Message> {
  readonly #shape: Shape<Message>;
  readonly #onMessage: (message: Message) => void;
  #rest: Buffer | undefined;

  constructor(shape: Shape<Message>, onMessage: (message: Message) => void) {
    this.#shape = shape;
    this.#onMessage = onMessage;
  }

  /** Delivers every message that `chunk` completes. Throws FrameError. */
  push(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = undefined;
    let offset = 0;
    while (bytes.length - offset >= LENGTH_BYTES) {
      const length = bytes.readUInt32BE(offset);
      // Checked before the body arrives, so that a bad length cannot make us buffer without end.
      if (length > MAX_FRAME_BYTES) throw new FrameError(`A frame of ${length} bytes is too long`);
      const start = offset + LENGTH_BYTES;
      if (bytes.length - start < length) break;
      offset = start + length;
      const message = unpackBody(bytes.subarray(start, offset));
      if (!this.#shape(message)) throw new FrameError('A frame is no message');
      this.#onMessage(message);
    }
    if (offset < bytes.length) this.#rest = bytes.subarray(offset);
  }
}

/**
 * Writes frames to a stream, all those of one turn of the event loop together: of many callers in
 * one turn each would otherwise cost a system call.
 */
export class FrameWriter {
  readonly #stream: Duplex;
  #frames: Buffer[] = [];

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Queues one message for the end of this turn. Throws FrameError when it is too long. */
  send(message: unknown): void {
    const frame = encodeFrame(message);
    if (this.#frames.push(frame) === 1) setImmediate(() => this.flush());
  }

  /** Writes one message at once, then zeroes its bytes and calls `done`: the kernel has them. */
  sendThen(message: unknown, done?: () => void): void {
    this.flush();
    const frame = encodeFrame(message);
    this.#stream.write(frame, (error) => {
      frame.fill(0);
      if (!error) done?.();
    });
  }

  /** Hands what is queued to the stream now. */
  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0) return;
    this.#frames = [];
    // One write is one system call; the copy is cheaper than a vectored write of small pieces.
    const [first] = frames;
    const bytes = frames.length === 1 && first !== undefined ? first : Buffer.concat(frames);
    if (this.#stream.writable) this.#stream.write(bytes);
  }
}
