/** Whether the dashboard and the alerts ask for what is there, and say what to do. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { LABELS, type Label, METRICS, type MetricRow } from '../../src/observe/metric-table.js';
import { Metrics } from '../../src/observe/metrics.js';
import { iam } from '../../src/services/iam/service.js';
import { kms } from '../../src/services/kms/service.js';
import { readExposition } from '../support/exposition.js';
import { readPromql } from '../support/promql.js';

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
  }[];
}

const alerts: readonly Alert[] = parse(
  readFileSync('docs/monitoring/alerts.yml', 'utf8'),
).groups.flatMap(({ rules }: { rules: Alert[] }) => rules);
const { panels, templating } = JSON.parse(readFileSync('docs/monitoring/dashboard.json', 'utf8'));
const shown: readonly Panel[] = panels;
const queries = shown.flatMap(({ title, targets = [] }) =>
  targets.map((target) => ({ title, ...target })),
);
const operating = readFileSync('docs/operating.md', 'utf8');

/** What Prometheus adds to every series that it scrapes. */
const OF_THE_TARGET = ['instance', 'job'];
const SUFFIX = /_(bucket|count|sum)$/;

/** What prom-client shows of the process, which the table doesn't have. */
let ofTheProcess: ReadonlySet<string>;
beforeAll(async () => {
  ofTheProcess = new Set(readExposition(await new Metrics().text()).keys());
});

/** @returns the labels that the metric's series have. @throws Error where there is no such metric */
function labelsOf(metric: string): readonly string[] {
  if (metric === 'up' || ofTheProcess.has(metric)) return OF_THE_TARGET;
  const row = rowOf(metric);
  if (!row) throw new Error(`there is no metric ${metric}`);
  const isHistogram = row.type === 'histogram';
  if (isHistogram !== SUFFIX.test(metric)) throw new Error(`${metric} is no series`);
  const le = metric.endsWith('_bucket') ? ['le'] : [];
  return [...OF_THE_TARGET, ...(row.labels ?? []), ...le];
}

const rowOf = (metric: string): MetricRow | undefined => {
  const rows: Readonly<Record<string, MetricRow>> = METRICS;
  return rows[metric] ?? rows[metric.replace(SUFFIX, '')];
};

const ERRORS = [kms, iam].flatMap(({ errors }) => Object.keys(errors.catalogue));
const OPERATIONS = [...kms.operations.keys()];

/** Whether some series has a value that the matcher is about, where that can be known. */
function isMet(metric: string, label: string, operator: string, value: string): boolean {
  if (value === '$instance' || OF_THE_TARGET.includes(label)) return true;
  const named = operator.includes('~') ? value.split('|') : [value];
  const known: Readonly<Record<string, readonly string[]>> = {
    code: ERRORS,
    operation: OPERATIONS,
  };
  const values = known[label];
  if (values) {
    return named.every((each) => values.some((one) => new RegExp(`^(${each})$`).test(one)));
  }
  if (label === 'job_name') return value === 'rotation';
  const words = `${LABELS[label as Label]} ${rowOf(metric)?.help}`;
  return named.every((each) => words.match(/\w+/g)?.includes(each));
}

function requireAnswered(expr: string): readonly string[] {
  const { selectors, groupings } = readPromql(expr);
  expect(selectors).not.toEqual([]);
  for (const { metric, matchers } of selectors) {
    const labels = labelsOf(metric);
    for (const { label, operator, value } of matchers) {
      expect(labels, `labels of ${metric}`).toContain(label);
      expect([metric, label, value, isMet(metric, label, operator, value)]).toContain(true);
    }
    for (const label of groupings) expect(labels, `labels of ${metric}`).toContain(label);
  }
  return groupings;
}

describe('an alert', () => {
  it.each(alerts)('$alert asks for what there is', ({ expr, annotations }) => {
    const groupings = requireAnswered(expr);
    const named = [...(annotations.summary ?? '').matchAll(/\$labels\.(\w+)/g)].map(([, it]) => it);
    const { selectors } = readPromql(expr);
    const labels = /\bby\b/.test(expr) ? groupings : labelsOf(selectors[0]?.metric ?? '');
    // An aggregate without grouping has no labels to name.
    const has = /^(time\(\) - )?max\(/.test(expr) ? [] : labels;
    expect(named.filter((label) => !has.includes(label ?? ''))).toEqual([]);
  });

  it.each(alerts)('$alert says what to do', ({ alert, labels, annotations }) => {
    expect(alert).toMatch(/^Strongroom[A-Z][A-Za-z]+$/);
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/\w/);
    expect(annotations.runbook_url).toBe(`docs/operating.md#${alert.toLowerCase()}`);
    const section = operating.split(`\n### ${alert}\n`)[1]?.split('\n#')[0] ?? '';
    expect(section.trim().length).toBeGreaterThan(100);
  });

  it('is named once, and no section is about one that is not there', () => {
    const names = alerts.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    const sections = [...operating.matchAll(/^### (Strongroom\w+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(names);
  });

  it('is there for whatever stops a server, a token or a job', () => {
    const asked = new Set(
      alerts.flatMap(({ expr }) => readPromql(expr).selectors.map((each) => each.metric)),
    );
    const states = Object.keys(METRICS).filter((name) =>
      /_(usable|state)$|_seals$|_due$|waiting$|wearing_out$|expiry_timestamp/.test(name),
    );
    expect(states.filter((name) => !asked.has(name))).toEqual(['strongroom_key_pairs_waiting']);
  });
});

describe('the dashboard', () => {
  it.each(queries)('$title ($refId) asks for what there is', ({ expr, legendFormat }) => {
    const groupings = requireAnswered(expr);
    const labels = /\bby\b/.test(expr)
      ? groupings
      : readPromql(expr).selectors.flatMap(({ metric }) => labelsOf(metric));
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
    expect(named.filter((label) => !labels.includes(label ?? ''))).toEqual([]);
  });

  it('shows every metric of the table', () => {
    const asked = new Set(
      queries.flatMap(({ expr }) =>
        readPromql(expr).selectors.map(({ metric }) => metric.replace(SUFFIX, '')),
      ),
    );
    const left = Object.keys(METRICS).filter((name) => !asked.has(name));
    expect(left).toEqual([
      'strongroom_key_pairs_total',
      'strongroom_token_logins_total',
      'strongroom_token_capability',
    ]);
  });

  it('has its servers from a metric that every one has', () => {
    const [, instance] = templating.list;
    expect(instance.query.query).toBe('label_values(strongroom_build_info, instance)');
    expect(labelsOf('strongroom_build_info')).toContain('instance');
  });

  it('lays no panel over another', () => {
    const cells = shown.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos } of shown) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
  });
});

it.each([
  ['sum(rate(strongroom_keys[5m])', 'is open'],
  ['sum(rate(strongroom_keys[5m])))', 'closes nothing'],
  ['topk(3, strongroom_keys)', 'topk is no function'],
  ['strongroom_keys{instance}', 'no matchers'],
])('PromQL that is wrong is told: %s', (text, message) => {
  expect(() => readPromql(text)).toThrow(message);
});
