/** What is kept of many measured times, in milliseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

/** Nearest-rank percentiles; the order of `milliseconds` is changed. */
export function latencies(milliseconds: number[]): Latencies {
  milliseconds.sort((a, b) => a - b);
  const rank = (share: number) => milliseconds[Math.ceil(milliseconds.length * share) - 1] ?? 0;
  return { p50: rank(0.5), p99: rank(0.99) };
}

/** The middle value; the upper of the two middle ones. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
