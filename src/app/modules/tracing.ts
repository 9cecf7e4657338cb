import type { Metrics } from '../../observe/metrics.js';
import { OtlpExporter } from '../../observe/otlp-exporter.js';
import { type OpenSpan, Tracer } from '../../observe/tracer.js';
import type { ServerOptions } from '../options.js';

interface Needs extends Pick<ServerOptions, 'config' | 'log' | 'version'> {
  readonly metrics: Metrics;
}

/** Traces of calls, for the collector that the configuration names; without one nothing is traced. */
export function tracing({ config, log, metrics, version = 'unknown' }: Needs) {
  const counts = { exported: 0, dropped: 0 };
  metrics.show('strongroom_spans_total', () =>
    Object.entries(counts).map(([outcome, count]) => [{ outcome }, count] as const),
  );
  const { endpoint, authorization, oneIn } = config.tracing;
  if (endpoint === undefined) return { provides: { tracer: undefined as Tracer | undefined } };
  const exporter = new OtlpExporter({
    endpoint,
    authorization: authorization?.reveal(),
    resource: { 'service.name': 'strongroom', 'service.version': version },
    counted: (outcome, spans) => {
      counts[outcome] += spans;
    },
    log,
  });
  const tracer = new Tracer({ add: (span) => exporter.add(span), oneIn });
  return { provides: { tracer: tracer as Tracer | undefined }, stop: () => exporter.stop() };
}

/** A call to a token has ended that was asked for within a span. */
export function traceTokenCall(
  tracer: Tracer,
  asker: OpenSpan,
  facts: {
    readonly token: string;
    readonly call: string;
    readonly outcome: string;
    readonly milliseconds: number;
  },
): void {
  const { token, call, outcome, milliseconds } = facts;
  const failed = outcome !== 'ok';
  const attributes = { 'strongroom.token': token, ...(failed && { 'error.type': outcome }) };
  tracer.called(asker, milliseconds, { name: `pkcs11/${call}`, attributes, failed });
}
