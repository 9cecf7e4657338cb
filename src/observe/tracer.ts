/** Traces of calls, where they are asked for: which calls are traced, and what is part of which. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { readTraceparent, type TraceContext } from './trace-context.js';

export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A span that has ended. Times are epoch milliseconds with their fractions. */
export interface Span extends TraceContext {
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** `server`: a call of a client; `client`: a call of ours to something else. */
  readonly kind: 'server' | 'client';
  readonly begunAt: number;
  readonly endedAt: number;
  readonly attributes: Attributes;
  readonly failed: boolean;
}

/** A span in work: what is done within it is part of it. */
export interface OpenSpan extends TraceContext {
  readonly parentSpanId: string | undefined;
  readonly begunAt: number;
}

/** How a span ended. */
export type SpanEnd = Pick<Span, 'name' | 'attributes' | 'failed'>;

export interface TracerOptions {
  readonly add: (span: Span) => void;
  /** Of calls whose caller traces nothing one in so many is traced; with 0 none. */
  readonly oneIn: number;
  readonly random?: (bytes: number) => Buffer;
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;

export class Tracer {
  readonly #options: TracerOptions;
  readonly #random: (bytes: number) => Buffer;
  readonly #within = new AsyncLocalStorage<OpenSpan>();
  readonly #ended = new WeakSet<OpenSpan>();

  constructor(options: TracerOptions) {
    this.#options = options;
    this.#random = options.random ?? randomBytes;
  }

  /**
   * Begins the span of a call: part of what it is made within, else of its caller's trace.
   * @param traceparent the header of the request
   * @returns undefined for a call that isn't traced
   */
  begin(traceparent: string | undefined): OpenSpan | undefined {
    const parent = this.active ?? readTraceparent(traceparent);
    if (parent) return parent.sampled ? this.#open(parent.traceId, parent.spanId) : undefined;
    const { oneIn } = this.#options;
    if (oneIn === 0) return undefined;
    const traceId = this.#random(TRACE_ID_BYTES);
    if (traceId.readUInt32BE(TRACE_ID_BYTES - 4) % oneIn !== 0) return undefined;
    return this.#open(traceId.toString('hex'), undefined);
  }

  /** Does work as part of a span. */
  within<Result>(span: OpenSpan, work: () => Result): Result {
    return this.#within.run(span, work);
  }

  /** The span that this is done within; what goes on after its end, by itself, is part of none. */
  get active(): OpenSpan | undefined {
    const span = this.#within.getStore();
    return span && !this.#ended.has(span) ? span : undefined;
  }

  /** @param end undefined: it is not told of */
  end(span: OpenSpan, end: SpanEnd | undefined): void {
    this.#ended.add(span);
    if (end) this.#options.add({ ...span, ...end, kind: 'server', endedAt: now() });
  }

  /** A call of ours to something else, which has just ended, as part of what asked for it. */
  called(asker: OpenSpan, milliseconds: number, end: SpanEnd): void {
    const endedAt = now();
    const { spanId: parentSpanId, traceId } = asker;
    const begunAt = endedAt - milliseconds;
    const span = { ...this.#open(traceId, parentSpanId), begunAt, endedAt };
    this.#options.add({ ...span, ...end, kind: 'client' });
  }

  #open(traceId: string, parentSpanId: string | undefined): OpenSpan {
    const spanId = this.#random(SPAN_ID_BYTES).toString('hex');
    return { traceId, spanId, sampled: true, parentSpanId, begunAt: now() };
  }
}

/** Finer than Date.now(), and monotonic. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
