/** The budgets of the design's §7, each with where its number is found. */
import type { BenchResults } from './results.js';

interface Budget {
  readonly name: string;
  readonly unit: string;
  readonly most?: number;
  readonly least?: number;
  readonly measured: (results: BenchResults) => number | undefined;
}

export interface BudgetVerdict {
  readonly budget: string;
  readonly target: string;
  readonly measured: number;
  readonly unit: string;
  readonly met: boolean;
}

const decision = ({ authorization }: BenchResults, what: string) =>
  authorization?.find((row) => row.what.includes(what))?.microseconds;

const BUDGETS: readonly Budget[] = [
  {
    name: 'authorization: 10-statement key policy, 5 identity policies',
    unit: 'µs',
    most: 10,
    measured: (results) => decision(results, '5 identity policies'),
  },
  {
    name: 'authorization: 50,000 grants ÷ 10 grants',
    unit: '',
    most: 1.5,
    measured: (results) => {
      const [many, few] = [decision(results, 'of 50,000'), decision(results, 'of 10')];
      return many === undefined || few === undefined ? undefined : many / few;
    },
  },
  {
    name: 'Encrypt 32 B, software key, 16 connections: server CPU a request',
    unit: 'µs',
    most: 130,
    measured: ({ throughput }) =>
      throughput?.find(
        (row) => row.operation === 'Encrypt' && row.keys === 'software' && row.connections === 16,
      )?.serverCpu,
  },
  ...[4, 8].flatMap((sessions) =>
    [1, 2, 5].map((delayMs) => ({
      name: `token calls of ${delayMs} ms, ${sessions} sessions: served ÷ raw`,
      unit: '',
      least: 0.9,
      measured: ({ slowToken }: BenchResults) =>
        slowToken?.find((row) => row.sessions === sessions && row.delayMs === delayMs)?.servedToRaw,
    })),
  ),
  {
    name: 'DescribeKey p99 beside 64 hanging Encrypt calls ÷ idle p99',
    unit: '',
    most: 2,
    measured: ({ hangingToken }) => hangingToken?.ratio,
  },
  {
    name: '100,000 keys: loss of Encrypt rate',
    unit: '%',
    most: 10,
    measured: ({ manyKeys }) => manyKeys?.rateLossPercent,
  },
  {
    name: '100,000 keys: start-up',
    unit: 'ms',
    most: 5000,
    measured: ({ manyKeys }) => manyKeys?.startMilliseconds,
  },
  {
    name: '100,000 keys: memory a cold key',
    unit: 'B',
    most: 2048,
    measured: ({ manyKeys }) => manyKeys?.bytesPerColdKey,
  },
  {
    name: 'next answer after a token host was killed: p50',
    unit: 'ms',
    most: 300,
    measured: ({ recovery }) => recovery?.p50,
  },
  {
    name: 'next answer after a token host was killed: p99',
    unit: 'ms',
    most: 1000,
    measured: ({ recovery }) => recovery?.p99,
  },
];

/** A verdict on each budget whose scenario was run. */
export function judge(results: BenchResults): BudgetVerdict[] {
  const verdicts: BudgetVerdict[] = [];
  for (const { name, unit, most, least, measured: find } of BUDGETS) {
    const measured = find(results);
    if (measured === undefined) continue;
    verdicts.push({
      budget: name,
      target: most === undefined ? `≥ ${least}` : `≤ ${most}`,
      measured,
      unit,
      met: measured <= (most ?? measured) && measured >= (least ?? measured),
    });
  }
  return verdicts;
}
