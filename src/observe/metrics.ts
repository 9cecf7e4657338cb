import { collectDefaultMetrics, type Gauge, Registry } from 'prom-client';
import {
  type LabelsOf,
  METRICS,
  type MetricName,
  type MetricRow,
  type NameOf,
} from './metric-table.js';
import { CounterSeries, Family, HistogramSeries, type Shown } from './series.js';

/** One series of a metric, as it is now. */
export type Sample<Name extends MetricName> = readonly [labels: Labelled<Name>, value: number];

type Labelled<Name extends MetricName> = Readonly<Record<LabelsOf<Name>, string>>;

/** One series of a counter or a histogram, to be kept by whoever uses it often: finding it costs more. */
export type CounterOf<Name extends NameOf<'counter'>> = (labels: Labelled<Name>) => {
  inc(): void;
};
export type HistogramOf<Name extends NameOf<'histogram'>> = (labels: Labelled<Name>) => {
  observe(seconds: number): void;
};

type Reading<Name extends MetricName> = number | Iterable<Sample<Name>>;

/** Node's gauges that prom-client gives the names of counters, and that count nothing of ours. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

/**
 * What `/metrics` shows, in Prometheus's text format: the rows of metric-table.ts, each given by the
 * module that knows it, and what prom-client knows of the process.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #given = new Set<MetricName>();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
  }

  /**
   * Gives a metric that is read when the metrics are: its value, or one for each set of labels.
   * @param read must not reject: it would take all other metrics along
   */
  show<Name extends NameOf<'gauge' | 'counter'>>(
    name: Name,
    read: () => Reading<Name> | Promise<Reading<Name>>,
  ): void {
    this.#give(name, async () => {
      const reading = await read();
      if (typeof reading === 'number') return [{ metricName: name, labels: {}, value: reading }];
      return [...reading].map(([labels, value]) => ({ metricName: name, labels, value }));
    });
  }

  /** Gives a counter that is counted as things happen. @returns its series by their labels */
  counter<Name extends NameOf<'counter'>>(name: Name): CounterOf<Name> {
    const family = new Family(() => new CounterSeries());
    this.#give(name, async () => family.shown(name));
    return (labels) => family.of(inOrder(name, labels));
  }

  /** Gives a histogram. @returns its series by their labels */
  histogram<Name extends NameOf<'histogram'>>(name: Name): HistogramOf<Name> {
    const { buckets } = METRICS[name];
    const family = new Family(() => new HistogramSeries(buckets));
    this.#give(name, async () => family.shown(name));
    return (labels) => family.of(inOrder(name, labels));
  }

  /** @throws Error naming metrics of the table that nobody gives */
  requireAll(): void {
    const missing = (Object.keys(METRICS) as MetricName[]).filter((name) => !this.#given.has(name));
    if (missing.length > 0) throw new Error(`nobody gives ${missing.join(', ')}`);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #give(name: MetricName, values: () => Promise<Shown[]>): void {
    if (this.#given.has(name)) throw new Error(`${name} is given twice`);
    this.#given.add(name);
    const { help, type } = METRICS[name];
    const metric = { name, help, type };
    // All that the registry asks of a metric; its types know its own classes alone.
    const get = async () => ({ ...metric, values: await values() });
    this.#registry.registerMetric({ ...metric, get } as unknown as Gauge);
  }
}

/** Labels in the order of the table: the same ones are one series. */
function inOrder(name: MetricName, labels: Readonly<Record<string, string>>) {
  const { labels: names = [] }: MetricRow = METRICS[name];
  return Object.fromEntries(names.map((label) => [label, labels[label] ?? '']));
}
