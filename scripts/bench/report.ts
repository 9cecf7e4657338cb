/** The results as tables for people; JSON.stringify serves everybody else. */
import type { BudgetVerdict } from './budgets.js';
import type { BenchResults } from './results.js';

type Cell = string | number;

/** Markdown tables, so that a run can be put into docs/performance.md as it is. */
export function report(results: BenchResults, verdicts: readonly BudgetVerdict[]): string {
  const { machine, raw, throughput, slowToken, hangingToken, keyTypes, manyKeys } = results;
  const parts = [
    `${machine.date}, ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, ` +
      `Node ${machine.node}, load average before ${rounded(machine.loadAverage)}`,
  ];
  if (results.authorization) {
    parts.push(
      table(
        ['decision', 'µs'],
        results.authorization.map((row) => [row.what, row.microseconds]),
      ),
    );
  }
  if (raw) {
    parts.push(
      table(
        ['raw loop', 'sessions', 'calls/s', 'p50 ms', 'p99 ms', 'CPU µs'],
        raw.map((row) => [
          row.operation,
          row.sessions,
          row.callsPerSecond,
          row.p50,
          row.p99,
          row.cpuPerCall,
        ]),
      ),
    );
  }
  if (throughput) {
    parts.push(
      table(
        [
          'operation',
          'keys',
          'connections',
          'requests/s',
          'p50 ms',
          'p99 ms',
          'server CPU µs',
          'host CPU µs',
          '÷ raw',
        ],
        throughput.map((row) => [
          row.operation,
          row.keys,
          row.connections,
          row.requestsPerSecond,
          row.p50,
          row.p99,
          row.serverCpu,
          row.tokenHostCpu,
          row.ratioToRaw,
        ]),
      ),
    );
  }
  if (slowToken) {
    parts.push(
      table(
        [
          'sessions',
          'token call ms',
          'raw/s',
          'served/s',
          'served ÷ raw',
          'server CPU µs',
          'host CPU µs',
        ],
        slowToken.map((row) => [
          row.sessions,
          row.delayMs,
          row.rawPerSecond,
          row.servedPerSecond,
          row.servedToRaw,
          row.serverCpu,
          row.tokenHostCpu,
        ]),
      ),
    );
  }
  if (hangingToken) {
    parts.push(table(['DescribeKey', 'value'], Object.entries(hangingToken)));
  }
  const { recovery, wrappedKeys } = results;
  if (recovery) parts.push(table(['host killed, ms', 'value'], Object.entries(recovery)));
  if (wrappedKeys) {
    parts.push(table(['wrapped keys, Encrypt, ms', 'value'], Object.entries(wrappedKeys)));
  }
  if (keyTypes) {
    parts.push(
      table(
        [
          'operation',
          'keys',
          'connections',
          'requests/s',
          'p50 ms',
          'p99 ms',
          'server CPU µs',
          'host CPU µs',
          'raw/s',
          '÷ raw',
        ],
        keyTypes.map((row) => [
          row.operation,
          row.keys,
          row.connections,
          row.requestsPerSecond,
          row.p50,
          row.p99,
          row.serverCpu,
          row.tokenHostCpu,
          row.rawPerSecond,
          row.ratioToRaw,
        ]),
      ),
    );
  }
  if (manyKeys) parts.push(table(['many keys', 'value'], Object.entries(manyKeys)));
  parts.push(
    table(
      ['budget', 'target', 'measured', 'met'],
      verdicts.map(({ budget, target, measured, unit, met }) => [
        budget,
        `${target} ${unit}`.trim(),
        `${rounded(measured)} ${unit}`.trim(),
        met ? 'yes' : 'NO',
      ]),
    ),
  );
  return parts.join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [head, ...rows.map((row) => row.map(rounded))];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  const drawn = lines.map((line) => drawLine(line, widths));
  return [
    drawn[0],
    drawLine(
      widths.map((width) => '-'.repeat(width)),
      widths,
    ),
    ...drawn.slice(1),
  ].join('\n');
}

function drawLine(cells: readonly string[], widths: readonly number[]): string {
  return `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
}

/** Three significant digits, and whole numbers from 100 on. */
function rounded(cell: Cell): string {
  if (typeof cell === 'string' || Number.isInteger(cell)) return String(cell);
  return Math.abs(cell) >= 100 ? cell.toFixed(0) : cell.toPrecision(3);
}
