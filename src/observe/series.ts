/**
 * What counts as things happen. Of plain numbers, since a warm call counts several times: prom-client's
 * own take a microsecond and a half each.
 */

/** A line of the text format. */
export interface Shown {
  /** With a histogram's suffix. */
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

type Labels = Readonly<Record<string, string>>;

export class CounterSeries {
  #value = 0;

  inc(): void {
    this.#value += 1;
  }

  *shown(metricName: string, labels: Labels): Iterable<Shown> {
    yield { metricName, labels, value: this.#value };
  }
}

export class HistogramSeries {
  readonly #bounds: readonly number[];
  /** By bucket, of which the last has no bound. */
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds of the buckets, in ascending order */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] ?? 0)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
  }

  *shown(name: string, labels: Labels): Iterable<Shown> {
    let count = 0;
    for (const [index, inBucket] of this.#counts.entries()) {
      count += inBucket;
      const le = this.#bounds[index] ?? '+Inf';
      yield { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
    }
    yield { metricName: `${name}_sum`, labels, value: this.#sum };
    yield { metricName: `${name}_count`, labels, value: count };
  }
}

/** The series of one metric, each made when it is first asked for. */
export class Family<Series extends CounterSeries | HistogramSeries> {
  readonly #series = new Map<string, { readonly labels: Labels; readonly series: Series }>();
  readonly #make: () => Series;

  constructor(make: () => Series) {
    this.#make = make;
  }

  of(labels: Labels): Series {
    const id = Object.values(labels).join('\u0000');
    const known = this.#series.get(id);
    if (known) return known.series;
    const series = this.#make();
    this.#series.set(id, { labels, series });
    return series;
  }

  shown(name: string): Shown[] {
    return [...this.#series.values()].flatMap(({ labels, series }) => [
      ...series.shown(name, labels),
    ]);
  }
}
