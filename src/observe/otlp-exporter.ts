/**
 * Sends spans to an OpenTelemetry collector: OTLP over HTTP, in JSON (OpenTelemetry Protocol 1.x, "OTLP/HTTP").
 * What can't be sent in time is dropped and counted: a collector that is away costs no call anything.
 */
import { MINUTE_MS } from '../kernel/time.js';
import type { Log } from './log.js';
import type { Attributes, Span } from './tracer.js';

export interface OtlpExporterOptions {
  /** Without `/v1/traces`. */
  readonly endpoint: string;
  /** The value of the Authorization header. */
  readonly authorization: string | undefined;
  /** Who sends: `service.name` and so on. */
  readonly resource: Attributes;
  readonly counted: (outcome: 'exported' | 'dropped', spans: number) => void;
  readonly log: Log;
}

const SEND_EVERY_MS = 2000;
const BATCH = 512;
/** Spans that wait, some 1 KB each. */
const MAX_WAITING = 4096;
const TIMEOUT_MS = 10_000;
/** Statuses after which the same may be sent again (OTLP, "Retryable Response Codes"). */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const KINDS = { server: 2, client: 3 } as const;
const STATUS_ERROR = 2;

export class OtlpExporter {
  readonly #options: OtlpExporterOptions;
  #waiting: Span[] = [];
  #sending: Promise<void> | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  readonly #timer: NodeJS.Timeout;

  constructor(options: OtlpExporterOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#send(), SEND_EVERY_MS).unref();
  }

  add(span: Span): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#options.counted('dropped', 1);
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= BATCH) void this.#send();
  }

  /** Sends what waits, once. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sending;
    await this.#send();
    this.#options.counted('dropped', this.#waiting.length);
    this.#waiting = [];
  }

  /** One request at a time. Never rejects. */
  #send(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      const outcome = await this.#post(batch);
      if (outcome === 'sent') {
        this.#options.counted('exported', batch.length);
      } else if (outcome === 'again' && this.#waiting.length + batch.length <= MAX_WAITING) {
        this.#waiting.unshift(...batch);
        return;
      } else {
        this.#options.counted('dropped', batch.length);
        return;
      }
    }
  }

  async #post(batch: readonly Span[]): Promise<'sent' | 'again' | 'refused'> {
    const { endpoint, authorization, resource } = this.#options;
    try {
      const response = await fetch(`${endpoint}/v1/traces`, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'strongroom',
          ...(authorization !== undefined && { Authorization: authorization }),
        },
        body: JSON.stringify(exportRequest(resource, batch)),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      if (response.ok) return 'sent';
      this.#tell({ status: response.status });
      return RETRYABLE.has(response.status) ? 'again' : 'refused';
    } catch (err) {
      this.#tell({ err });
      return 'again';
    }
  }

  #tell(facts: object): void {
    const at = performance.now();
    if (at - this.#toldAt < MINUTE_MS) return;
    this.#toldAt = at;
    this.#options.log.warn(
      facts,
      'traces were not taken by their collector; further ones may be lost',
    );
  }
}

/** The body: an ExportTraceServiceRequest in JSON, in which ids are hexadecimal and 64-bit numbers texts. */
export function exportRequest(resource: Attributes, spans: readonly Span[]) {
  return {
    resourceSpans: [
      {
        resource: { attributes: keyValues(resource) },
        scopeSpans: [{ scope: { name: 'strongroom' }, spans: spans.map(asJson) }],
      },
    ],
  };
}

function asJson(span: Span) {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.begunAt),
    endTimeUnixNano: nanoseconds(span.endedAt),
    attributes: keyValues(span.attributes),
    status: span.failed ? { code: STATUS_ERROR } : {},
  };
}

/** Beyond microseconds a double of epoch milliseconds has nothing to say. */
function nanoseconds(milliseconds: number): string {
  return String(BigInt(Math.round(milliseconds * 1000)) * 1000n);
}

function keyValues(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: Attributes[string]) {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
