import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  FrameError,
  FrameReader,
  FrameWriter,
  MAX_FRAME_BYTES,
  packBody,
  unpackBody,
} from '../../src/token-host/protocol/frames.js';

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
// MessagePack has no negative zero among its integers, hence `+ 0`.
const message = fc.tuple(
  fc.string(),
  fc.integer(),
  fc.double({ noNaN: true }).map((number) => number + 0),
  bytes,
);

/** The reader's own work does not depend on what messages are. */
const anything = (_value: unknown): _value is unknown => true;

describe('frames', () => {
  it('survive every way of splitting the stream', () => {
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat(2000)), (messages, cuts) => {
        const stream = Buffer.concat(messages.map((each) => encodeFrame(each)));
        const read: unknown[] = [];
        const reader = new FrameReader(anything, (each) => read.push(each));
        const places = cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b);
        let from = 0;
        for (const to of [...places, stream.length]) {
          reader.push(stream.subarray(from, to));
          from = to;
        }
        expect(read).toEqual(messages);
      }),
    );
  });

  it('survive one byte at a time', () => {
    const read: unknown[] = [];
    const reader = new FrameReader(anything, (each) => read.push(each));
    const sent = ['result', 7, Buffer.from('value')];
    for (const byte of encodeFrame(sent)) reader.push(Buffer.from([byte]));
    expect(read).toEqual([sent]);
  });

  it('are refused by their length before the body has arrived', () => {
    const reader = new FrameReader(anything, () => undefined);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(MAX_FRAME_BYTES + 1);
    expect(() => reader.push(header)).toThrow(FrameError);
    expect(() => encodeFrame(Buffer.alloc(MAX_FRAME_BYTES))).toThrow(FrameError);
  });

  it('that do not decode give a FrameError and nothing else', () => {
    fc.assert(
      fc.property(bytes, (body) => {
        const frame = Buffer.concat([Buffer.alloc(4), body]);
        frame.writeUInt32BE(body.length);
        try {
          new FrameReader(anything, () => undefined).push(frame);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });

  it('carry byte strings as Buffers, also from a plain Uint8Array', () => {
    const body = Uint8Array.from(packBody([Buffer.from('x')]));
    const [value] = unpackBody(body) as [unknown];
    expect(value).toBeInstanceOf(Buffer);
  });

  it('of one tick leave in one write', async () => {
    const writes: Buffer[] = [];
    const stream = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        writes.push(chunk);
        done();
      },
    });
    const writer = new FrameWriter(stream);
    for (let i = 0; i < 10; i += 1) writer.send([i]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(writes).toHaveLength(1);
    const read: unknown[] = [];
    new FrameReader(anything, (each) => read.push(each)).push(Buffer.concat(writes));
    expect(read).toEqual(Array.from({ length: 10 }, (_, i) => [i]));
  });
});
