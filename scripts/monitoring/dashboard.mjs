/** The Grafana dashboard: a table of its panels, and what Grafana wants around them. */

const ALL = '{instance=~"$instance"}';
const RATE = '[$__rate_interval]';
const quantile = (q, by, metric, more = '') =>
  `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket{instance=~"$instance"${more}}${RATE})))`;
const perSecond = (by, metric, more = '') =>
  `sum by (${by}) (rate(${metric}{instance=~"$instance"${more}}${RATE}))`;

/** Sections of panels; a panel is [title, unit, [query, legend]…]. `stat` shows the last value alone. */
const SECTIONS = [
  {
    title: 'Is it well',
    kind: 'stat',
    width: 4,
    panels: [
      ['Servers', 'short', ['sum(up{job="strongroom"})', 'up']],
      ['Root token', 'bool_yes_no', [`min(strongroom_root_token_usable${ALL})`, 'usable']],
      ['Database', 'bool_yes_no', [`min(strongroom_database_usable${ALL})`, 'usable']],
      ['Audit trail', 'bool_yes_no', [`min(strongroom_audit_trail_usable${ALL})`, 'usable']],
      ['Broken seals', 'short', [`sum(strongroom_broken_seals${ALL})`, 'rows']],
      [
        'Certificate ends in',
        's',
        [`min(strongroom_certificate_expiry_timestamp_seconds${ALL}) - time()`, 'left'],
      ],
    ],
  },
  {
    title: 'Calls',
    panels: [
      [
        'Calls by operation',
        'reqps',
        [perSecond('service, operation', 'strongroom_requests_total'), '{{service}}:{{operation}}'],
      ],
      [
        'Calls refused and failed',
        'reqps',
        [perSecond('code', 'strongroom_requests_total', ', outcome!="ok"'), '{{code}}'],
      ],
      [
        'Duration of KMS calls',
        's',
        ...[0.5, 0.99].map((q) => [
          quantile(q, 'operation', 'strongroom_request_duration_seconds', ', service="kms"'),
          `{{operation}} ${q}`,
        ]),
      ],
      ['Calls in work', 'short', [`strongroom_requests_in_flight${ALL}`, '{{instance}}']],
      [
        'Refused by a quota',
        'reqps',
        [perSecond('quota', 'strongroom_quota_refusals_total'), '{{quota}}'],
      ],
      [
        'Waiting for RSA key pairs',
        'short',
        [`strongroom_key_pairs_waiting${ALL}`, '{{instance}} waiting'],
        [`strongroom_key_pairs_ready${ALL}`, '{{key_spec}} ready'],
      ],
    ],
  },
  {
    title: 'Key stores and tokens',
    panels: [
      [
        'Calls by key store',
        'reqps',
        [
          perSecond('store, outcome', 'strongroom_key_store_request_duration_seconds_count'),
          '{{store}} {{outcome}}',
        ],
      ],
      [
        'Duration by key store (0.99)',
        's',
        [quantile(0.99, 'store', 'strongroom_key_store_request_duration_seconds'), '{{store}}'],
      ],
      [
        'States that are not well',
        'short',
        [
          'sum by (store, state) (strongroom_key_store_state{instance=~"$instance", state!="CONNECTED"}) > 0',
          '{{store}} {{state}}',
        ],
        [
          'sum by (token, state) (strongroom_token_state{instance=~"$instance", state!="ready"}) > 0',
          '{{token}} {{state}}',
        ],
      ],
      [
        'Calls to tokens',
        'ops',
        [
          perSecond('token, call', 'strongroom_token_call_duration_seconds_count'),
          '{{token}} {{call}}',
        ],
      ],
      [
        'Duration of calls to tokens (0.99)',
        's',
        [
          quantile(0.99, 'token, call', 'strongroom_token_call_duration_seconds'),
          '{{token}} {{call}}',
        ],
      ],
      [
        'Failures of tokens',
        'ops',
        [
          perSecond('token, call, reason', 'strongroom_token_call_failures_total'),
          '{{token}} {{call}} {{reason}}',
        ],
        [
          `sum by (token, cause) (increase(strongroom_token_host_ends_total${ALL}${RATE}))`,
          '{{token}} host {{cause}}',
        ],
      ],
      [
        'Threads and waiting calls',
        'short',
        [`strongroom_token_threads${ALL}`, '{{instance}} {{token}} threads'],
        [`strongroom_token_calls_pending${ALL}`, '{{instance}} {{token}} waiting'],
      ],
      [
        'Objects in tokens',
        'short',
        [`max by (token) (strongroom_token_objects${ALL})`, '{{token}}'],
      ],
      [
        'Most encryptions by one token key',
        'short',
        [`max(strongroom_token_key_invocations_most${ALL})`, 'of 2^32'],
        [`max(strongroom_token_keys_wearing_out${ALL})`, 'keys beyond 2^31'],
      ],
    ],
  },
  {
    title: 'Keys and jobs',
    panels: [
      ['Keys', 'short', [`max(strongroom_keys${ALL})`, 'keys']],
      [
        'What is due',
        'short',
        [`max by (kind, within) (strongroom_keys_due${ALL})`, '{{kind}} {{within}}'],
      ],
      [
        'Jobs that failed',
        'short',
        [
          `sum by (job_name) (increase(strongroom_job_runs_total{instance=~"$instance", outcome="failed"}${RATE}))`,
          '{{job_name}}',
        ],
      ],
      [
        'Since the last good run',
        's',
        [
          `time() - max by (job_name) (strongroom_job_last_success_timestamp_seconds${ALL})`,
          '{{job_name}}',
        ],
      ],
      [
        'Events that wait for webhooks',
        'short',
        [`max by (webhook) (strongroom_webhook_events_waiting${ALL})`, '{{webhook}}'],
        [
          perSecond('webhook, outcome', 'strongroom_webhook_deliveries_total'),
          '{{webhook}} {{outcome}} a second',
        ],
      ],
      [
        'Audit trail to its receivers',
        'short',
        [
          `max by (instance, receiver) (strongroom_audit_shipping_behind_seconds${ALL})`,
          '{{instance}} {{receiver}} seconds behind',
        ],
        [
          perSecond('receiver', 'strongroom_audit_shipping_records_total'),
          '{{receiver}} records a second',
        ],
        [
          perSecond('receiver', 'strongroom_audit_shipping_failures_total'),
          '{{receiver}} failures a second',
        ],
      ],
      [
        'Other Regions',
        'short',
        [`max by (region) (strongroom_peer_notices_waiting${ALL})`, '{{region}} waiting'],
        [
          perSecond('region, outcome', 'strongroom_peer_calls_total'),
          '{{region}} {{outcome}} a second',
        ],
      ],
    ],
  },
  {
    title: 'Database and process',
    panels: [
      [
        'Memory behind the database',
        's',
        [`strongroom_change_feed_age_seconds${ALL}`, '{{instance}}'],
        [`strongroom_database_figures_age_seconds${ALL}`, '{{instance}} figures'],
      ],
      [
        'Connections to the database',
        'short',
        [`strongroom_database_connections${ALL}`, '{{instance}} {{use}}'],
        [`strongroom_database_connections_awaited${ALL}`, '{{instance}} awaited'],
      ],
      ['CPU', 'percentunit', [`rate(process_cpu_seconds_total${ALL}${RATE})`, '{{instance}}']],
      ['Memory', 'bytes', [`process_resident_memory_bytes${ALL}`, '{{instance}}']],
      ['Spans of traces', 'cps', [perSecond('outcome', 'strongroom_spans_total'), '{{outcome}}']],
      ['Event loop lag (0.99)', 's', [`nodejs_eventloop_lag_p99_seconds${ALL}`, '{{instance}}']],
      [
        'Versions',
        'short',
        [`sum by (version, node) (strongroom_build_info${ALL})`, '{{version}} on {{node}}'],
      ],
    ],
  },
];

const COLUMNS = 24;
// biome-ignore lint/suspicious/noTemplateCurlyInString: so Grafana writes a variable of its own
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The dashboard as Grafana 10 and later import it. */
export function dashboard() {
  return {
    title: 'Strongroom',
    uid: 'strongroom',
    tags: ['strongroom'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        {
          name: 'instance',
          type: 'query',
          label: 'Server',
          datasource: DATASOURCE,
          query: { query: 'label_values(strongroom_build_info, instance)', refId: 'instance' },
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { selected: true, text: ['All'], value: ['$__all'] },
        },
      ],
    },
    panels: panels(),
  };
}

function panels() {
  const laid = [];
  let y = 0;
  const add = (panel, gridPos) => laid.push({ id: laid.length + 1, ...panel, gridPos });
  for (const { title, panels: rows, kind = 'timeseries', width = 8 } of SECTIONS) {
    const height = kind === 'stat' ? 4 : 8;
    const aLine = COLUMNS / width;
    add({ type: 'row', title, collapsed: false, panels: [] }, { x: 0, y, w: COLUMNS, h: 1 });
    rows.forEach((row, index) => {
      const place = { x: (index % aLine) * width, y: y + 1 + Math.floor(index / aLine) * height };
      add(panelOf(row, kind), { ...place, w: width, h: height });
    });
    y += 1 + Math.ceil(rows.length / aLine) * height;
  }
  return laid;
}

function panelOf([title, unit, ...queries], type) {
  return {
    type,
    title,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: { unit, min: unit === 's' && type === 'stat' ? null : 0 },
      overrides: [],
    },
    options:
      type === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'none' }
        : { legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'] } },
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr,
      legendFormat,
    })),
  };
}
