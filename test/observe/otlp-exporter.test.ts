import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OtlpExporter } from '../../src/observe/otlp-exporter.js';
import type { Span } from '../../src/observe/tracer.js';
import { Collector } from '../support/collector.js';

const BATCH = 512;
const MAX_WAITING = 4096;

const SPAN: Span = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  sampled: true,
  parentSpanId: 'b7ad6b7169203331',
  name: 'kms/Encrypt',
  kind: 'server',
  begunAt: 1_790_000_000_123.25,
  endedAt: 1_790_000_000_124,
  attributes: { 'rpc.method': 'Encrypt', number: 7, part: 0.5, yes: true },
  failed: false,
};

let collector: Collector;
const counts = { exported: 0, dropped: 0 };
const warn = vi.fn();

beforeEach(async () => {
  collector = await Collector.start();
  Object.assign(counts, { exported: 0, dropped: 0 });
  warn.mockClear();
});
afterEach(() => collector.stop());

function exporterTo(endpoint: string, authorization?: string) {
  return new OtlpExporter({
    ...{ endpoint, authorization },
    resource: { 'service.name': 'strongroom' },
    counted: (outcome, spans) => {
      counts[outcome] += spans;
    },
    log: { debug: vi.fn(), info: vi.fn(), error: vi.fn(), warn },
  });
}

it('sends what is waiting in the form of OTLP over HTTP', async () => {
  const exporter = exporterTo(collector.endpoint, 'Bearer collectors-token');
  exporter.add(SPAN);
  const { parentSpanId: _, ...root } = { ...SPAN, parentSpanId: undefined };
  exporter.add({ ...root, parentSpanId: undefined, kind: 'client', failed: true, attributes: {} });
  await exporter.stop();
  const [{ path, headers, body } = { path: '', headers: {}, body: '{}' }] = collector.requests;
  expect([path, headers['content-type']]).toEqual(['/v1/traces', 'application/json']);
  expect(headers.authorization).toBe('Bearer collectors-token');
  const ids = { traceId: SPAN.traceId, spanId: SPAN.spanId };
  const times = {
    startTimeUnixNano: '1790000000123250000',
    endTimeUnixNano: '1790000000124000000',
  };
  const stringValue = 'strongroom';
  expect(JSON.parse(body)).toEqual({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue } }] },
        scopeSpans: [
          {
            scope: { name: 'strongroom' },
            spans: [
              {
                ...{ ...ids, parentSpanId: SPAN.parentSpanId, name: 'kms/Encrypt', kind: 2 },
                ...{ ...times, status: {} },
                attributes: [
                  { key: 'rpc.method', value: { stringValue: 'Encrypt' } },
                  { key: 'number', value: { intValue: '7' } },
                  { key: 'part', value: { doubleValue: 0.5 } },
                  { key: 'yes', value: { boolValue: true } },
                ],
              },
              {
                ...ids,
                name: 'kms/Encrypt',
                kind: 3,
                ...times,
                attributes: [],
                status: { code: 2 },
              },
            ],
          },
        ],
      },
    ],
  });
  expect(counts).toEqual({ exported: 2, dropped: 0 });
});

it.each([
  [503, { exported: BATCH, dropped: 0 }, 2],
  [400, { exported: 0, dropped: BATCH }, 1],
])(
  'answered %i, says so once and sends again what may be taken later',
  async (status, ends, sent) => {
    collector.statuses.push(status);
    const exporter = exporterTo(collector.endpoint);
    for (let span = 0; span < BATCH; span += 1) exporter.add(SPAN);
    await expect.poll(() => warn.mock.calls).toEqual([[{ status }, expect.any(String)]]);
    await exporter.stop();
    expect(counts).toEqual(ends);
    expect(collector.requests).toHaveLength(sent);
  },
);

it('keeps so many and no more while the collector is away', async () => {
  const { endpoint } = collector;
  await collector.stop();
  const exporter = exporterTo(endpoint);
  for (let span = 0; span < MAX_WAITING + BATCH + 10; span += 1) exporter.add(SPAN);
  // A batch is under way.
  expect(counts).toEqual({ exported: 0, dropped: 10 });
  await exporter.stop();
  expect(counts).toEqual({ exported: 0, dropped: MAX_WAITING + BATCH + 10 });
  expect(warn).toHaveBeenCalledOnce();
  collector = await Collector.start();
});
