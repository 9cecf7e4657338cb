/**
 * Every metric of Strongroom's own, once: its name, type, labels and help. The exporter makes them of
 * this table, docs/monitoring.md prints it, and tests hold /metrics, the dashboard and the alerts
 * against it.
 */

/** Seconds; from a software Encrypt to a call that waited for its token's replacement. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Every label, with what bounds the number of its values. Ids of keys and accounts are none. */
export const LABELS = {
  address: 'endpoint, internal',
  call: 'the calls of a token that Strongroom has',
  capability: 'kinds of key with their algorithms',
  cause: 'killed, crashed, hung, reported',
  code: 'OK and the errors of the service',
  job_name: 'the jobs of a server: some ten, and one a webhook',
  key_spec: 'the RSA key specs',
  kind: 'rotation, deletion, expiry',
  node: 'one: the version of Node.js',
  operation: 'the operations of the service, and Unknown',
  outcome: 'a few words, which the metric’s help names',
  quota: 'the request quotas of docs/quotas.md',
  reason:
    'PKCS#11 return codes and failures of hosts; of the 200 met first, further ones are other',
  receiver: 'syslog, webhook',
  region: 'the setting peers',
  service: 'kms, iam, sts, tagging, cloudtrail',
  state:
    'of a token: stopped, starting, ready, replacing, absent, refused; of a custom key store: CONNECTED, CONNECTING, FAILED, DISCONNECTED, DISCONNECTING',
  store: 'software and custom key stores; of the 128 met first, further ones are other',
  token: 'the setting tokens: at most 64',
  use: 'busy, free',
  verdict: 'works, lacks, unknown',
  version: 'one: Strongroom’s',
  webhook: 'the setting webhooks',
  within: 'overdue, 1d, 7d, 30d',
} as const;

export type Label = keyof typeof LABELS;

export interface MetricRow {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly Label[];
  /** Upper bounds of a histogram's buckets, in seconds. */
  readonly buckets?: readonly number[];
}

export const METRICS = {
  strongroom_build_info: {
    type: 'gauge',
    help: '1, with the versions that run.',
    labels: ['version', 'node'],
  },
  strongroom_requests_total: {
    type: 'counter',
    help: 'Calls answered, by operation and error code (OK when there was none), and by outcome: ok, refused (the caller’s fault), failed (the server’s).',
    labels: ['service', 'operation', 'code', 'outcome'],
  },
  strongroom_request_duration_seconds: {
    type: 'histogram',
    help: 'Time from a call read to its answer recorded.',
    labels: ['service', 'operation'],
    buckets: SECONDS,
  },
  strongroom_requests_in_flight: { type: 'gauge', help: 'Calls in work now.' },
  strongroom_key_store_request_duration_seconds: {
    type: 'histogram',
    help: 'The same of calls of KMS that came to a key, by where its material is and outcome: ok, refused, failed.',
    labels: ['store', 'outcome'],
    buckets: SECONDS,
  },
  strongroom_quota_refusals_total: {
    type: 'counter',
    help: 'Calls refused since their account used up a request quota, by the quota.',
    labels: ['quota'],
  },
  strongroom_root_token_usable: { type: 'gauge', help: '1 while the root token is usable.' },
  strongroom_audit_trail_usable: {
    type: 'gauge',
    help: '1 while the audit trail can be written; while it can’t, calls are refused.',
  },
  strongroom_audit_shipping_behind_seconds: {
    type: 'gauge',
    help: 'Age of the oldest record of the audit trail that is being sent to a receiver; 0 when it has all.',
    labels: ['receiver'],
  },
  strongroom_audit_shipping_records_total: {
    type: 'counter',
    help: 'Records of the audit trail that a receiver has taken since the start.',
    labels: ['receiver'],
  },
  strongroom_audit_shipping_failures_total: {
    type: 'counter',
    help: 'Batches of records that a receiver did not take, and that are sent again.',
    labels: ['receiver'],
  },
  strongroom_database_usable: {
    type: 'gauge',
    help: '1 while the database answers; while it doesn’t, calls are refused.',
  },
  strongroom_change_feed_age_seconds: {
    type: 'gauge',
    help: 'How far memory may be behind the database; from 5 on nothing is answered from memory.',
  },
  strongroom_database_connections: {
    type: 'gauge',
    help: 'Connections to the database, by use; of SQLite those that write.',
    labels: ['use'],
  },
  strongroom_database_connections_awaited: {
    type: 'gauge',
    help: 'Who waits for one of them.',
  },
  strongroom_database_figures_age_seconds: {
    type: 'gauge',
    help: 'Age of the figures that are read from the database: keys, what is due, stores, what waits for webhooks and peers. At most every 30 s they are read when metrics are.',
  },
  strongroom_broken_seals: {
    type: 'gauge',
    help: 'Times that a row of the database was read since the start and was not as it was written.',
  },
  strongroom_keys: { type: 'gauge', help: 'KMS keys in the database, in whatever state.' },
  strongroom_keys_due: {
    type: 'gauge',
    help: 'Keys to be rotated or deleted, and imported key materials to expire, that are overdue or due within a time; counted to 10000.',
    labels: ['kind', 'within'],
  },
  strongroom_key_store_state: {
    type: 'gauge',
    help: '1 for the ConnectionState of a custom key store at this server.',
    labels: ['store', 'state'],
  },
  strongroom_token_key_invocations_most: {
    type: 'gauge',
    help: 'AES-GCM encryptions reserved of the token key used since the start that has most; at 2^32 it encrypts no more.',
  },
  strongroom_token_keys_wearing_out: {
    type: 'gauge',
    help: 'Token keys used since the start with 2^31 AES-GCM encryptions or more: rotate or replace them.',
  },
  strongroom_key_pairs_waiting: {
    type: 'gauge',
    help: 'Calls that wait for an RSA key pair to be made.',
  },
  strongroom_key_pairs_ready: {
    type: 'gauge',
    help: 'RSA key pairs in the stock, by key spec.',
    labels: ['key_spec'],
  },
  strongroom_key_pairs_total: {
    type: 'counter',
    help: 'RSA key pairs, by key spec and what became of them: given out of the stock (stocked), made for a call (made), dropped unused (dropped).',
    labels: ['key_spec', 'outcome'],
  },
  strongroom_job_runs_total: {
    type: 'counter',
    help: 'Runs of jobs on this server, by outcome: done, failed. One of the servers of a database runs them.',
    labels: ['job_name', 'outcome'],
  },
  strongroom_job_last_success_timestamp_seconds: {
    type: 'gauge',
    help: 'When a job last ended well on this server.',
    labels: ['job_name'],
  },
  strongroom_webhook_deliveries_total: {
    type: 'counter',
    help: 'Events sent to webhooks, by outcome: delivered, failed (and tried again), abandoned (after a month).',
    labels: ['webhook', 'outcome'],
  },
  strongroom_webhook_events_waiting: {
    type: 'gauge',
    help: 'Events that a webhook has not got yet; counted to 10000.',
    labels: ['webhook'],
  },
  strongroom_peer_calls_total: {
    type: 'counter',
    help: 'Calls to servers of other Regions, by outcome: ok, refused, unreachable.',
    labels: ['region', 'outcome'],
  },
  strongroom_peer_notices_waiting: {
    type: 'gauge',
    help: 'Changes of which a server of another Region has not heard yet; counted to 10000.',
    labels: ['region'],
  },
  strongroom_spans_total: {
    type: 'counter',
    help: 'Spans of traces, by outcome: exported, dropped (the collector is away, or slower than they come).',
    labels: ['outcome'],
  },
  strongroom_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When the TLS certificate that is served ends.',
    labels: ['address'],
  },
  strongroom_token_state: {
    type: 'gauge',
    help: '1 for the state that the token is in.',
    labels: ['token', 'state'],
  },
  strongroom_token_threads: {
    type: 'gauge',
    help: 'Threads of the token host that make calls.',
    labels: ['token'],
  },
  strongroom_token_calls_pending: {
    type: 'gauge',
    help: 'Calls to the token that have no answer yet.',
    labels: ['token'],
  },
  strongroom_token_objects: {
    type: 'gauge',
    help: 'Objects in the token, by CKA_ID.',
    labels: ['token'],
  },
  strongroom_token_call_duration_seconds: {
    type: 'histogram',
    help: 'Time from a call to a token asked for to its end, with waiting and repeating, by call.',
    labels: ['token', 'call'],
    buckets: SECONDS,
  },
  strongroom_token_call_failures_total: {
    type: 'counter',
    help: 'Calls to a token that failed, by call and return code, or by what else was the reason.',
    labels: ['token', 'call', 'reason'],
  },
  strongroom_token_logins_total: {
    type: 'counter',
    help: 'Logins to the token (C_Login).',
    labels: ['token'],
  },
  strongroom_token_host_ends_total: {
    type: 'counter',
    help: 'Token hosts that ended unasked: killed by others, crashed, hung, or by their own report.',
    labels: ['token', 'cause'],
  },
  strongroom_token_capability: {
    type: 'gauge',
    help: '1 for what trials say of the kind of key and algorithm in a connected token.',
    labels: ['token', 'capability', 'verdict'],
  },
} as const satisfies Readonly<Record<`strongroom_${string}`, MetricRow>>;

export type MetricName = keyof typeof METRICS;

/** The metrics of these types. */
export type NameOf<Type extends MetricRow['type']> = {
  [Name in MetricName]: (typeof METRICS)[Name]['type'] extends Type ? Name : never;
}[MetricName];

export type LabelsOf<Name extends MetricName> = (typeof METRICS)[Name] extends {
  readonly labels: readonly (infer Each extends Label)[];
}
  ? Each
  : never;
