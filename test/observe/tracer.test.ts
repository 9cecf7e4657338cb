import { setTimeout as passed } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { readTraceparent } from '../../src/observe/trace-context.js';
import { type Span, Tracer } from '../../src/observe/tracer.js';

// Of the Recommendation's own examples, and what its grammar excludes.
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const GIVEN = `00-${TRACE}-${PARENT}-01`;
const context = { traceId: TRACE, spanId: PARENT, sampled: true };

describe('traceparent', () => {
  it.each([
    ['sampled', GIVEN, context],
    ['not sampled', `00-${TRACE}-${PARENT}-00`, { ...context, sampled: false }],
    ['with further flags', `00-${TRACE}-${PARENT}-03`, context],
    ['of a later version', `cc-${TRACE}-${PARENT}-01`, context],
    ['of a later version with more', `cc-${TRACE}-${PARENT}-01-what-the-future-brings`, context],
    ['absent', undefined, undefined],
    ['with more than version 00 has', `${GIVEN}-extra`, undefined],
    ['of the version that there is not', `ff-${TRACE}-${PARENT}-01`, undefined],
    ['in capitals', GIVEN.toUpperCase(), undefined],
    ['without a trace', `00-${'0'.repeat(32)}-${PARENT}-01`, undefined],
    ['without a parent', `00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
    ['too short', `00-${TRACE.slice(1)}-${PARENT}-01`, undefined],
    ['twice', `${GIVEN}, ${GIVEN}`, undefined],
    ['later with more that is not set apart', `cc-${TRACE}-${PARENT}-01.what`, undefined],
  ])('%s', (_, header, read) => {
    expect(readTraceparent(header)).toEqual(read);
  });
});

describe('a tracer', () => {
  const END = { name: 'kms/Encrypt', attributes: {}, failed: false };

  function tracing(oneIn: number) {
    const spans: Span[] = [];
    return { spans, tracer: new Tracer({ add: (span) => spans.push(span), oneIn }) };
  }

  it('goes on with the trace of its caller, and what is done within is part of it', async () => {
    const { spans, tracer } = tracing(0);
    const span = tracer.begin(GIVEN);
    if (!span) throw new Error('it is not traced');
    expect(tracer.active).toBeUndefined();
    await tracer.within(span, async () => {
      await passed(1);
      expect(tracer.active).toBe(span);
      tracer.called(span, 0.5, { name: 'pkcs11/encrypt', attributes: {}, failed: true });
      expect(tracer.begin(undefined)).toMatchObject({ traceId: TRACE, parentSpanId: span.spanId });
    });
    tracer.end(span, END);
    const [called, call] = spans;
    expect(call).toMatchObject({ ...END, traceId: TRACE, parentSpanId: PARENT, kind: 'server' });
    expect(called).toMatchObject({ traceId: TRACE, parentSpanId: call?.spanId, kind: 'client' });
    expect(new Set([PARENT, call?.spanId, called?.spanId]).size).toBe(3);
    expect((called?.endedAt ?? 0) - (called?.begunAt ?? 0)).toBeCloseTo(0.5, 2);
    expect(Math.abs((call?.begunAt ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('has nothing done within a span that has ended', async () => {
    const { spans, tracer } = tracing(0);
    const span = tracer.begin(GIVEN);
    if (!span) throw new Error('it is not traced');
    let later: Promise<unknown> | undefined;
    tracer.within(span, () => {
      later = passed(1).then(() => tracer.active);
    });
    tracer.end(span, undefined);
    expect(await later).toBeUndefined();
    expect(spans).toEqual([]);
  });

  it.each([
    ['what its caller does not keep', 1, `00-${TRACE}-${PARENT}-00`],
    ['by itself, where it is not to', 0, undefined],
  ])('does not trace %s', (_, oneIn, header) => {
    expect(tracing(oneIn).tracer.begin(header)).toBeUndefined();
  });

  it('traces one in so many by itself', () => {
    const { tracer } = tracing(4);
    const begun = Array.from({ length: 4000 }, () => tracer.begin(undefined)).filter(Boolean);
    // Eight standard deviations of a fair choice.
    expect(Math.abs(begun.length - 1000)).toBeLessThan(220);
    expect(tracing(1).tracer.begin('nonsense')?.traceId).toMatch(/^[0-9a-f]{32}$/);
  });
});
