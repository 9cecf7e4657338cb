import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BodyReader, type Vouches } from '../../src/protocols/http/body-reader.js';

const KIBIBYTE = 1024;
const MAX_BODY = 256 * KIBIBYTE;
const bounds = { ofAnybody: 100 * KIBIBYTE, vouched: 200 * KIBIBYTE };
const tooLarge = { code: 'RequestEntityTooLargeException' };
const unavailable = { code: 'ServiceUnavailableException' };

const nobody: Vouches = () => false;
const known: Vouches = ({ headers }) => Promise.resolve(headers.authorization !== undefined);

/** A request whose body a test writes. */
function request(authorization?: string): IncomingMessage & PassThrough {
  const headers = authorization === undefined ? {} : { authorization };
  return Object.assign(new PassThrough(), { headers }) as unknown as IncomingMessage & PassThrough;
}

/** How a body ends that has begun so long. */
function read(reader: BodyReader, octets: number, from = request()) {
  const outcome = reader.read(from).catch((error: unknown) => error);
  for (let left = octets; left > 0; left -= KIBIBYTE)
    from.write(Buffer.alloc(Math.min(left, KIBIBYTE)));
  return { from, outcome };
}

describe('bodies', () => {
  it('of nobody are read up to 64 KiB, and nothing is held of what was refused', async () => {
    const reader = new BodyReader(MAX_BODY, nobody);
    const short = read(reader, 64 * KIBIBYTE);
    short.from.end();
    expect(await short.outcome).toHaveLength(64 * KIBIBYTE);
    expect(await read(reader, 64 * KIBIBYTE + 1).outcome).toMatchObject(tooLarge);
    expect(reader.held).toEqual({ ofAnybody: 0, vouched: 0 });
  });

  it('of a known access key are read up to the limit', async () => {
    const reader = new BodyReader(MAX_BODY, known);
    const long = read(reader, MAX_BODY, request('known'));
    long.from.end();
    expect(await long.outcome).toHaveLength(MAX_BODY);
    expect(await read(reader, MAX_BODY + 1, request('known')).outcome).toMatchObject(tooLarge);
    expect(reader.held).toEqual({ ofAnybody: 0, vouched: 0 });
  });

  it('of which nobody says in time whether they may be long are refused', async () => {
    const reader = new BodyReader(MAX_BODY, () => new Promise(() => {}), { patienceMs: 1 });
    expect(await read(reader, 65 * KIBIBYTE).outcome).toMatchObject(unavailable);
    expect(reader.held).toEqual({ ofAnybody: 0, vouched: 0 });
  });

  it('that begin and never end take so much together, and from known access keys no room', async () => {
    const reader = new BodyReader(MAX_BODY, known, { bounds });
    const begun = [read(reader, 50 * KIBIBYTE), read(reader, 50 * KIBIBYTE)];
    expect(await read(reader, 1).outcome).toMatchObject(unavailable);
    expect(reader.held).toEqual({ ofAnybody: 100 * KIBIBYTE, vouched: 0 });
    const signed = read(reader, 4 * KIBIBYTE, request('known'));
    signed.from.end();
    expect(await signed.outcome).toHaveLength(4 * KIBIBYTE);
    for (const { from } of begun) from.destroy();
    await Promise.all(begun.map(({ outcome }) => outcome));
    expect(reader.held).toEqual({ ofAnybody: 0, vouched: 0 });
  });

  it('of known access keys take so much together', async () => {
    const reader = new BodyReader(MAX_BODY, known, { bounds });
    const bodies = Array.from({ length: 4 }, () => read(reader, 80 * KIBIBYTE, request('known')));
    expect(await Promise.race(bodies.map(({ outcome }) => outcome))).toMatchObject(unavailable);
    expect(reader.held.vouched).toBeLessThanOrEqual(bounds.vouched);
    for (const { from } of bodies) from.destroy();
    await Promise.all(bodies.map(({ outcome }) => outcome));
    expect(reader.held).toEqual({ ofAnybody: 0, vouched: 0 });
  });

  it.each([
    { name: 'vouched for', vouches: known, authorization: 'known' },
    { name: 'refused', vouches: known, authorization: undefined },
  ])('whose client goes away while it is asked who it is, $name, are given back', async (body) => {
    const reader = new BodyReader(MAX_BODY, body.vouches);
    const { from, outcome } = read(reader, 70 * KIBIBYTE, request(body.authorization));
    from.destroy();
    expect(await outcome).toBeInstanceOf(Error);
    expect(reader.held).toEqual({ ofAnybody: 0, vouched: 0 });
  });
});
