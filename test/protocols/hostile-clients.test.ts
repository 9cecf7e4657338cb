import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../support/raw-client.js';
import { storedRows } from '../support/stored-rows.js';
import { Strongroom } from '../support/strongroom.js';

const MEBIBYTE = 1024 * 1024;
const BODY_LIMIT = MEBIBYTE;
const MAX_CONNECTIONS = 300;
const TOO_LARGE =
  '{"__type":"RequestEntityTooLargeException","message":"The request body is too large."}';

let strongroom: Strongroom;
let client: RawClient;
let before: Record<string, number>;

beforeAll(async () => {
  strongroom = await Strongroom.start({
    yaml: {
      limits: {
        ...{ maxBodyBytes: BODY_LIMIT, maxConnections: MAX_CONNECTIONS },
        ...{ headersTimeoutMs: 1000, requestTimeoutMs: 2000 },
      },
    },
  });
  client = new RawClient(strongroom);
  before = await storedRows(strongroom);
});

afterAll(async () => {
  await strongroom.dispose();
});

/** The most memory that the server has ever held, in octets. */
async function peakMemory(): Promise<number> {
  const status = await readFile(`/proc/${strongroom.pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Everything the server says until it closes the connection, even by a reset. */
async function untilClosed(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => undefined);
  // Not by once() of node:events, which fails where a reset comes first.
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}

describe('bodies above the limit', () => {
  const announced = `Content-Length: ${20 * MEBIBYTE}\r\n\r\n`;
  const chunked = `Transfer-Encoding: chunked\r\n\r\n${(BODY_LIMIT + 1).toString(16)}\r\n${' '.repeat(BODY_LIMIT + 1)}\r\n`;

  it.each([
    { name: 'announced', path: '/', sent: announced },
    { name: 'in chunks', path: '/', sent: chunked },
    { name: 'announced to the REST face', path: '/v1/keys', sent: announced },
    { name: 'in chunks to the REST face', path: '/v1/keys', sent: chunked },
  ])('$name: 413 before the body has ended, and the connection is closed', async (body) => {
    const socket = await client.socket();
    const answered = untilClosed(socket);
    socket.write(`POST ${body.path} HTTP/1.1\r\nHost: x\r\n${body.sent}`);
    const answer = await answered;
    expect(answer).toMatch(/^HTTP\/1\.1 413 .*\r\nConnection: close\r\n/s);
    expect(answer.split('\r\n\r\n')[1]).toBe(TOO_LARGE);
  });

  it('of one octet more are refused, and of just the limit are not', async () => {
    const body = (bytes: number) =>
      Buffer.concat([Buffer.from('{}'), Buffer.alloc(bytes - 2, ' ')]);
    const operation = 'ListKeys';
    expect((await client.call({ operation, body: body(BODY_LIMIT) })).status).toBe(200);
    expect((await client.call({ operation, body: body(BODY_LIMIT + 1) })).status).toBe(413);
  });

  it('of more than 64 KiB are only read for an access key that is there', async () => {
    const call = {
      operation: 'ListKeys',
      body: Buffer.concat([Buffer.from('{}'), Buffer.alloc(128 * 1024, ' ')]),
    };
    expect((await client.call(call)).status).toBe(200);
    const refused = { status: 413, body: TOO_LARGE };
    expect(await client.call({ ...call, signed: false })).toMatchObject(refused);
    const accessKeyId = 'AKIAINVENTEDINVENTED';
    expect(await client.call({ ...call, accessKeyId })).toMatchObject(refused);
  });

  it('take no memory', async () => {
    const atFirst = await peakMemory();
    const body = Buffer.alloc(20 * MEBIBYTE, ' ');
    for (const chunked of [true, false, true, false]) {
      const calls = Array.from({ length: 4 }, () =>
        client.call({ operation: 'CreateKey', chunked, body }),
      );
      for (const outcome of await Promise.allSettled(calls)) {
        // The server may have closed the connection before such a client looks for its answer.
        if (outcome.status === 'fulfilled') expect(outcome.value.status).toBe(413);
        else
          expect(outcome.reason).toMatchObject({
            code: expect.stringMatching(/^(EPIPE|ECONNRESET)$/),
          });
      }
    }
    // 320 MiB were sent.
    expect((await peakMemory()) - atFirst).toBeLessThan(64 * MEBIBYTE);
  });
});

describe('bodies in chunks', () => {
  it('are read like others', async () => {
    const answer = await client.call({ operation: 'ListKeys', body: '{"Limit":1}', chunked: true });
    expect(answer).toMatchObject({ status: 200, body: '{"Keys":[],"Truncated":false}' });
  });
});

describe('what is not HTTP', () => {
  it.each([
    'GARBAGE\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
    'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n',
    'POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target\r\n\r\n',
    'POST / HTTP/1.1\r\n\r\n',
    `POST / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(40_000)}\r\n\r\n`,
    `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  ])('%j is refused and the connection closed', async (octets) => {
    const socket = await client.socket();
    const answered = untilClosed(socket);
    socket.write(octets, 'latin1');
    expect(await answered).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

describe('clients that are slow', () => {
  const slow = [
    { name: 'says nothing', first: '', dribbled: '' },
    {
      name: 'dribbles its headers',
      first: 'POST / HTTP/1.1\r\nHost: x\r\n',
      dribbled: 'X-A: b\r\n',
    },
    {
      name: 'dribbles its body',
      first: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{',
      dribbled: ' ',
    },
    {
      name: 'dribbles its chunks',
      first: 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
      dribbled: '1\r\n \r\n',
    },
    {
      name: 'stops within its body',
      first: 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{',
      dribbled: '',
    },
  ];

  it.each(slow)('one that $name is put off', async ({ first, dribbled }) => {
    const socket = await client.socket();
    const answered = untilClosed(socket);
    socket.write(first);
    const dribble = setInterval(() => socket.write(dribbled), 50);
    try {
      expect(await answered).toMatch(/^(HTTP\/1\.1 408 .*)?$/s);
    } finally {
      clearInterval(dribble);
    }
  });
});

describe('clients that go away', () => {
  it.each([
    { name: 'within the headers', sent: 60 },
    { name: 'within the body', sent: -10 },
  ])('$name: nothing is done', async ({ sent }) => {
    const whole = await client.wireText({ operation: 'CreateKey', body: '{"Description":"gone"}' });
    for (let times = 0; times < 20; times += 1) {
      const socket = await client.socket();
      const closed = once(socket, 'close');
      socket.write(whole.slice(0, sent), () => socket.resetAndDestroy());
      await closed;
    }
    await expect(client.ask('ListKeys', {})).resolves.toMatchObject({ Keys: [] });
  });
});

describe('clients that take what they can get', () => {
  it('have so many connections and no more', async () => {
    const sockets = await Promise.all(
      Array.from({ length: MAX_CONNECTIONS + 20 }, () => client.socket()),
    );
    const closed = sockets.map(untilClosed);
    expect(await Promise.race(closed)).toBe('');
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
    await expect(client.ask('ListKeys', {})).resolves.toMatchObject({ Keys: [] });
  });

  it('that do not read are cut off', async () => {
    const socket = await client.socket();
    const cutOff = new Promise((resolve) => {
      socket.on('error', resolve);
      socket.on('close', resolve);
    });
    const request = await client.wireText({ operation: 'ListKeys', body: '{}', signed: false });
    socket.pause();
    const asking = setInterval(
      () => socket.writableNeedDrain || socket.write(request.repeat(100)),
      5,
    );
    await cutOff;
    clearInterval(asking);
    socket.destroy();
  });

  it('find nobody to talk to as servers do', async () => {
    const socket = await client.socket();
    const answered = untilClosed(socket);
    socket.write(
      'POST /peer/v1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}',
    );
    expect(await answered).toMatch(/^HTTP\/1\.1 404 /);
  });
});

describe('a request for another protocol', () => {
  it('is answered, and its connection ends', async () => {
    const hidden = await client.wireText({ operation: 'ListKeys', body: '{}' });
    const socket = await client.socket();
    const answered = untilClosed(socket);
    socket.write(
      `GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nPRI * ${hidden}`,
    );
    const answer = await answered;
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*Connection: close/s);
    expect(answer).not.toContain('Keys');
  });
});

describe('100 Continue', () => {
  const expecting = () =>
    client.wireText({ operation: 'ListAliases', body: '{}', headers: { expect: '100-continue' } });

  it('is said to whom waits for it', async () => {
    const [head, body] = (await expecting()).split('\r\n\r\n');
    const socket = await client.socket();
    const [said] = await Promise.all([once(socket, 'data'), socket.write(`${head}\r\n\r\n`)]);
    expect(String(said)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    const [answer] = await Promise.all([once(socket, 'data'), socket.write(`${body}`)]);
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it('never stands in the answer to another request', async () => {
    const first = await client.wireText({ operation: 'ListKeys', body: '{}' });
    const socket = await client.socket();
    const answered = text(socket);
    socket.write([first, await expecting()].join(''));
    const answer = await answered;
    expect(answer).not.toContain('100 Continue');
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(answer).toContain('Connection: close');
  });
});

describe('pipelined requests', () => {
  it('are answered in their order, good and bad', async () => {
    const good = await client.wireText({ operation: 'ListKeys', body: '{}' });
    const bad = await client.wireText({ operation: 'ListKeys', body: '{' });
    const unsigned = await client.wireText({ operation: 'ListKeys', body: '{}', signed: false });
    const last = await client.wireText({
      operation: 'ListAliases',
      body: '{}',
      headers: { connection: 'close' },
    });
    const socket = await client.socket();
    const answered = text(socket);
    socket.write([good, bad, unsigned, good, last].join(''));
    const bodies = [...(await answered).matchAll(/^\{.*?\}(?=HTTP|$)/gm)].map(([body]) => body);
    expect(bodies).toStrictEqual([
      '{"Keys":[],"Truncated":false}',
      '{"__type":"com.amazon.coral.service#SerializationException"}',
      '{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}',
      '{"Keys":[],"Truncated":false}',
      '{"Aliases":[],"Truncated":false}',
    ]);
  });

  it('a request hidden in a body is not one', async () => {
    const hidden = await client.wireText({ operation: 'CreateKey', body: '{}' });
    const outer = await client.wireText({
      operation: 'ListKeys',
      body: hidden,
      headers: { connection: 'close' },
    });
    const socket = await client.socket();
    const answered = text(socket);
    socket.write(outer);
    expect((await answered).match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

it('still serves, and has stored nothing', async () => {
  await expect(client.ask('ListKeys', {})).resolves.toStrictEqual({ Keys: [], Truncated: false });
  await expect(storedRows(strongroom)).resolves.toStrictEqual(before);
});
