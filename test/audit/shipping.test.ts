/** The trail's way to those who get it: every record at least once, whatever becomes of them and of its files. */
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Keeping } from '../../src/audit/keeping.js';
import { toLine } from '../../src/audit/line.js';
import { buildRecord } from '../../src/audit/record.js';
import { ShippingCursor } from '../../src/audit/shipping/cursor.js';
import type { Receiver } from '../../src/audit/shipping/receiver.js';
import { Shipper } from '../../src/audit/shipping/shipper.js';
import { SyslogReceiver } from '../../src/audit/shipping/syslog-receiver.js';
import { unsentBatches, unsentFiles } from '../../src/audit/shipping/unsent.js';
import { WebhookReceiver } from '../../src/audit/shipping/webhook-receiver.js';
import { signature } from '../../src/kernel/signed-post.js';
import { eventually } from '../support/eventually.js';
import { SyslogServer, type TrailReceiver, WebhookServer } from '../support/trail-receivers.js';
import { sampleFacts } from './sample-facts.js';

const OWN = { mode: 0o600 };
const [FIRST, SECOND, THIRD] = [
  '2026-11-27.jsonl',
  '2026-11-28.jsonl',
  '2026-11-28.1.jsonl',
] as const;

let dir: string;
let logged: [level: string, message: string][];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'strongroom-shipping-'));
  logged = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

const note = (level: string) => (_facts: object, message: string) => {
  logged.push([level, message]);
};
const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };

const lineOf = (eventId: string, more: object = {}) =>
  toLine(buildRecord({ ...sampleFacts, eventId, ...more }));

function write(file: string, ...ids: readonly string[]): void {
  appendFileSync(join(dir, file), ids.map((id) => lineOf(id)).join(''), OWN);
}

function compress(file: string): void {
  const path = join(dir, file);
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)), OWN);
  rmSync(path);
}

/** One look at the trail by a server that has just started: what is sent, and what was kept of it. */
async function look(keep = Number.POSITIVE_INFINITY): Promise<string[]> {
  const cursor = await ShippingCursor.open(dir, 'test');
  const sent: string[] = [];
  let batches = 0;
  for await (const { file, records, place } of unsentBatches(dir, cursor, log)) {
    sent.push(...records.map(({ text }) => JSON.parse(text.toString()).eventID));
    if (batches >= keep) break;
    batches += 1;
    cursor.move(file, place);
    await cursor.save();
  }
  return sent;
}

describe('what is unsent', () => {
  it('is what was written since, in the order of the files', async () => {
    write(SECOND, 'b1');
    write(FIRST, 'a1', 'a2');
    expect(await look()).toEqual(['a1', 'a2', 'b1']);
    expect(await look()).toEqual([]);
    write(SECOND, 'b2');
    write(THIRD, 'c1');
    expect([...(await unsentFiles(dir, ['test']))]).toEqual([SECOND, THIRD]);
    expect(await look()).toEqual(['b2', 'c1']);
    expect([...(await unsentFiles(dir, ['test']))]).toEqual([]);
    expect([...(await unsentFiles(dir, ['test', 'another']))]).toEqual([FIRST, SECOND, THIRD]);
  });

  it('is in no file that is removed, however old', async () => {
    write(FIRST, 'a1');
    write(SECOND, 'b1');
    await look(1);
    const due = (...receivers: readonly string[]) =>
      new Keeping({
        ...{ dir, digests: {} as never, compress: false, keepDays: 1, keepBytes: 0, log },
        now: () => Date.parse('2027-01-01T00:00:00Z'),
        unsent: () => unsentFiles(dir, receivers),
      }).due(new Set());
    expect(await due()).toEqual([FIRST, SECOND]);
    expect(await due('test')).toEqual([FIRST]);
    expect(await due('test', 'another')).toEqual([]);
  });

  it('is sent again when nobody knows that it was taken', async () => {
    write(FIRST, 'a1');
    write(SECOND, 'b1');
    expect(await look(1)).toEqual(['a1', 'b1']);
    expect(await look()).toEqual(['b1']);
  });

  it('is in a file that was compressed meanwhile, too', async () => {
    write(FIRST, 'a1');
    expect(await look()).toEqual(['a1']);
    write(FIRST, 'a2');
    compress(FIRST);
    write(SECOND, 'b1');
    expect(await look()).toEqual(['a2', 'b1']);
    expect(await look()).toEqual([]);
  });

  it('is in an older file when the clock was set back', async () => {
    write(SECOND, 'b1');
    expect(await look()).toEqual(['b1']);
    write(FIRST, 'a1');
    write(SECOND, 'b2');
    expect(await look()).toEqual(['a1', 'b2']);
  });

  it('is no half line until it is whole, and never one that a crash has cut', async () => {
    const line = lineOf('a2');
    write(FIRST, 'a1');
    appendFileSync(join(dir, FIRST), line.slice(0, 100));
    expect(await look()).toEqual(['a1']);
    appendFileSync(join(dir, FIRST), line.slice(100));
    expect(await look()).toEqual(['a2']);
    appendFileSync(join(dir, FIRST), `${line.slice(0, 100)}\n${lineOf('a3')}`);
    expect(await look()).toEqual(['a3']);
    expect(logged).toEqual([['warn', expect.stringContaining('is no record')]]);
  });

  it.each(['a3', 'a3-which-is-longer-than-what-was-there'])(
    'is all of a file that is no longer as it was sent: %s',
    async (id) => {
      write(FIRST, 'a1', 'a2');
      expect(await look()).toEqual(['a1', 'a2']);
      truncateSync(join(dir, FIRST), lineOf('a1').length);
      write(FIRST, id);
      expect(await look()).toEqual(id === 'a3' ? ['a1', 'a3'] : ['a1', id]);
      expect(logged).toEqual([['warn', expect.stringContaining('sent again')]]);
    },
  );

  it('is everything when nobody knows how far it was sent', async () => {
    write(FIRST, 'a1');
    expect(await look()).toEqual(['a1']);
    for (const text of ['', '{"files":{"x":{}}}', '{"files":{},"sentUpTo":7}']) {
      writeFileSync(join(dir, '.shipping-test.json'), text);
      expect((await ShippingCursor.open(dir, 'test')).unreadable).toBeDefined();
      expect(await look()).toEqual(['a1']);
    }
  });

  it('is of many files those alone that are new, by a cursor that does not grow', async () => {
    const files = Array.from({ length: 40 }, (_, part) => `2026-11-26.${part + 1}.jsonl`);
    for (const file of files) write(file, file);
    expect(await look()).toEqual(files);
    expect(await look()).toEqual([]);
    write('2026-11-26.41.jsonl', 'new');
    expect(await look()).toEqual(['new']);
    expect(readFileSync(join(dir, '.shipping-test.json')).length).toBeLessThan(2000);
  });

  it('is sent at least once, and once alone where nothing breaks, in whatever order things happen', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('write' as const), lines: fc.integer({ min: 1, max: 3 }) }),
      fc.constant({ do: 'rotate' as const }),
      fc.constant({ do: 'compress' as const }),
      fc.record({ do: fc.constant('look' as const), keep: fc.integer({ min: 0, max: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        rmSync(dir, { recursive: true });
        dir = mkdtempSync(join(tmpdir(), 'strongroom-shipping-'));
        const written: string[] = [];
        const sent: string[] = [];
        let part = 1;
        let compressed = 0;
        let crashed = false;
        for (const each of steps) {
          if (each.do === 'rotate') part += 1;
          if (each.do === 'write') {
            for (let line = 0; line < each.lines; line += 1) {
              written.push(`${part}-${written.length}`);
              write(`2026-11-28.${part}.jsonl`, written.at(-1) ?? '');
            }
          }
          if (each.do === 'compress') {
            for (; compressed + 1 < part; compressed += 1) {
              const file = `2026-11-28.${compressed + 1}.jsonl`;
              if (written.some((id) => id.startsWith(`${compressed + 1}-`))) compress(file);
            }
          }
          if (each.do === 'look') {
            crashed ||= each.keep < 3;
            sent.push(...(await look(each.keep)));
          }
        }
        sent.push(...(await look()));
        expect(new Set(sent)).toEqual(new Set(written));
        if (!crashed) expect(sent).toEqual(written);
        expect(await look()).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});

const certificates = mkdtempSync(join(tmpdir(), 'strongroom-shipping-tls-'));
const [CERT, KEY] = ['server.crt', 'server.key'].map((name) => join(certificates, name)) as [
  string,
  string,
];
const SECRET = 'a-secret-of-this-test-only';

beforeAll(() => {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const named = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...key, '-keyout', KEY, '-out', CERT, ...named], {
    stdio: 'pipe',
  });
});
afterAll(() => rmSync(certificates, { recursive: true }));

function syslogTo(url: string, ca?: string): Receiver {
  const { protocol, hostname, port } = new URL(url);
  const transport = protocol.slice(0, -1) as 'tls' | 'tcp' | 'udp';
  return new SyslogReceiver({ transport, host: hostname, port: Number(port), ca });
}

interface Kind {
  readonly kind: string;
  readonly make: () => TrailReceiver;
  readonly to: (url: string) => Receiver;
}
const tls = () => ({ cert: readFileSync(CERT), key: readFileSync(KEY) });
const KINDS: readonly Kind[] = [
  {
    kind: 'syslog over TLS',
    make: () => new SyslogServer(tls()),
    to: (url) => syslogTo(url, CERT),
  },
  { kind: 'syslog over TCP', make: () => new SyslogServer(), to: (url) => syslogTo(url) },
  {
    kind: 'a webhook',
    make: () => new WebhookServer(),
    to: (url) => new WebhookReceiver({ url, secret: Buffer.from(SECRET), now: Date.now }),
  },
];

describe.each(KINDS)('$kind', ({ make, to }) => {
  const IDS = Array.from({ length: 700 }, (_, index) => `id-${index}`);

  it('gets every record, also when it is killed in the middle of them and comes back', async () => {
    const receiver = make();
    await receiver.revive();
    write(FIRST, ...IDS.slice(0, 300));
    receiver.dieAt = 123;
    const shipper = new Shipper({ dir, receiver: to(receiver.url), now: Date.now, log });
    shipper.start();
    await eventually('it died and was missed', async () => shipper.figures.failures > 0);
    await receiver.kill();
    expect(shipper.figures.behindSeconds).toBeGreaterThan(1000);
    write(SECOND, ...IDS.slice(300));
    receiver.dieAt = Number.POSITIVE_INFINITY;
    await receiver.revive();
    const has = () => new Set(receiver.records.map(({ eventID }) => eventID));
    await eventually('all came', async () => has().size === IDS.length);
    expect(has()).toEqual(new Set(IDS));
    await eventually('it is known', async () => shipper.figures.behindSeconds === 0);
    expect(shipper.figures.sentRecords).toBe(IDS.length);
    await shipper.stop();
    expect(logged).toEqual([
      ['warn', expect.stringContaining('could not be sent')],
      ['info', expect.stringContaining('sent again')],
    ]);
    // Who comes after it sends nothing again.
    const before = receiver.records.length;
    const next = new Shipper({ dir, receiver: to(receiver.url), now: Date.now, log });
    next.start();
    write(SECOND, 'last');
    await eventually('the last came', async () => has().has('last'));
    await next.stop();
    expect(receiver.records.length).toBe(before + 1);
    await receiver.kill();
  });
});

describe('what comes', () => {
  const failed = { error: { code: 'NotFoundException', message: 'ä' }, operation: 'Sign' };
  const send = (to: Receiver, line: string) => {
    const text = Buffer.from(line.trimEnd());
    const { eventTime, eventName, errorCode } = JSON.parse(text.toString());
    const record = { text, eventTime, eventName, hasFailed: errorCode !== undefined };
    return to.send([record], new AbortController().signal);
  };

  it('by syslog is RFC 5424', async () => {
    const server = new SyslogServer();
    await server.revive();
    await send(syslogTo(server.url), lineOf('1'));
    await send(syslogTo(server.url), lineOf('2', failed));
    await server.kill();
    const form = (priority: number, name: string) =>
      new RegExp(
        `^<${priority}>1 2026-03-02T08:14:55Z [!-~]+ strongroom ${process.pid} ${name} \\[origin software="strongroom"\\] $`,
      );
    expect(server.headers).toEqual([
      expect.stringMatching(form(110, 'Encrypt')),
      expect.stringMatching(form(108, 'Sign')),
    ]);
    expect(server.records[1]).toMatchObject({ eventID: '2', errorMessage: 'ä' });
  });

  it('by UDP is a datagram each', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const came = once(socket, 'message');
    const line = lineOf('1', failed);
    await send(syslogTo(`udp://127.0.0.1:${socket.address().port}`), line);
    const [message] = await came;
    expect(message.toString()).toMatch(/^<108>1 /);
    expect(message.toString().endsWith(line.trimEnd())).toBe(true);
    socket.close();
  });

  it('by a webhook is signed', async () => {
    const server = new WebhookServer();
    await server.revive();
    await send(KINDS[2]?.to(server.url) as Receiver, lineOf('1'));
    await server.kill();
    const [{ headers, body } = { headers: {}, body: '' }] = server.posts;
    const [, at, mac] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-strongroom-signature'])) ?? [];
    expect(mac).toBe(signature(Buffer.from(SECRET), Number(at), body));
    expect(body).toBe(`{"Records":[${lineOf('1').trimEnd()}]}`);
  });

  it('goes to nobody whose certificate is not known', async () => {
    const server = new SyslogServer(tls());
    await server.revive();
    await expect(send(syslogTo(server.url), lineOf('1'))).rejects.toThrow(/self.signed/);
    const port = new URL(server.url).port;
    const elsewhere = syslogTo(`tls://127.0.0.1:${port}`, CERT);
    await expect(send(elsewhere, lineOf('1'))).rejects.toThrow(/IP/);
    await server.kill();
    expect(server.records).toEqual([]);
  });

  it('is not taken for sent when the receiver closes before it has all, or refuses', async () => {
    const tcp = new SyslogServer();
    await tcp.revive();
    tcp.dieAt = 0;
    const web = new WebhookServer();
    await web.revive();
    web.status = 503;
    await expect(send(KINDS[2]?.to(web.url) as Receiver, lineOf('1'))).rejects.toThrow(
      'status 503',
    );
    await Promise.all([tcp.kill(), web.kill()]);
    await expect(send(syslogTo(tcp.url), lineOf('1'))).rejects.toThrow('ECONNREFUSED');
  });
});
