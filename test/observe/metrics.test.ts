/** Whether /metrics is what its table and Prometheus say, and tells of what happens. */
import { DescribeKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { beforeAll, describe, expect, it } from 'vitest';
import { boundedLabel } from '../../src/observe/bounded-label.js';
import { LABELS, METRICS, type MetricRow } from '../../src/observe/metric-table.js';
import { Metrics } from '../../src/observe/metrics.js';
import { encrypt, makeTokenKey } from '../support/clients.js';
import { type Family, readExposition, scrapedValue } from '../support/exposition.js';
import { sharedServer } from '../support/shared-server.js';

const table = Object.entries(METRICS) as [string, MetricRow][];
const OURS = /^strongroom_/;

describe('the table of metrics', () => {
  // Prometheus's "Metric and label naming", as far as `promtool check metrics` asks it.
  it.each(table)('%s is named as Prometheus asks', (name, { type, help, labels = [], buckets }) => {
    expect(name).toMatch(/^strongroom_[a-z0-9_]+[a-z0-9]$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(name).not.toMatch(/_(count|sum|bucket|info_total|gauge|counter|histogram)$/);
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|hours|days|kilobytes|percent)(_|$)/);
    expect(help).toMatch(/\.$/);
    expect(new Set(labels).size).toBe(labels.length);
    // Prometheus's own: of a histogram, and of what it scrapes.
    for (const taken of ['le', 'job', 'instance']) expect(labels).not.toContain(taken);
    expect(buckets !== undefined).toBe(type === 'histogram');
  });

  it('has no label that is used nowhere', () => {
    const used = new Set(table.flatMap(([, { labels = [] }]) => labels));
    expect(Object.keys(LABELS).filter((label) => !used.has(label as never))).toEqual([]);
  });
});

describe('/metrics of a server', () => {
  const { strongroom, customKeyStoreId } = sharedServer();
  let client: KMSClient;

  const scraped = async (): Promise<Map<string, Family>> => {
    const response = await fetch(`${strongroom.endpoint}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    return readExposition(await response.text());
  };
  const value = (name: string, labels: Record<string, string> = {}) =>
    scrapedValue(strongroom.endpoint, name, labels);

  beforeAll(async () => {
    client = await strongroom.client();
    const keyId = await makeTokenKey(client, customKeyStoreId);
    await encrypt(client, keyId);
  });

  it('shows every metric of the table as it says there, and no other', async () => {
    const families = [...(await scraped()).values()].filter(({ name }) => OURS.test(name));
    const shown = families.map(({ name, type, help }) => ({ name, type, help }));
    const wanted = table.map(([name, { type, help }]) => ({ name, type, help }));
    const byName = (left: { name: string }, right: { name: string }) =>
      left.name < right.name ? -1 : 1;
    expect(shown.sort(byName)).toEqual(wanted.sort(byName));
    for (const { name, type, samples } of families) {
      const { labels = [] } = METRICS[name as keyof typeof METRICS] as MetricRow;
      for (const sample of samples) {
        const buckets = type === 'histogram' && sample.name.endsWith('_bucket') ? ['le'] : [];
        expect(Object.keys(sample.labels).sort()).toEqual([...labels, ...buckets].sort());
      }
    }
  });

  it('names what else it shows as Prometheus asks, too', async () => {
    for (const { name, type } of (await scraped()).values()) {
      expect([name, type]).toEqual([name, name.endsWith('_total') ? 'counter' : type]);
      if (type === 'counter') expect(name).toMatch(/_total$/);
    }
  });

  it('says who serves, of what it knows itself', async () => {
    const build = (await scraped()).get('strongroom_build_info')?.samples[0]?.labels;
    expect(build).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      node: process.version,
    });
    for (const usable of ['root_token', 'audit_trail', 'database']) {
      expect([usable, await value(`strongroom_${usable}_usable`)]).toEqual([usable, 1]);
    }
    expect(await value('strongroom_change_feed_age_seconds')).toBeLessThan(5);
    const connections = (await scraped()).get('strongroom_database_connections')?.samples ?? [];
    expect(connections.reduce((sum, each) => sum + each.value, 0)).toBeGreaterThan(0);
    await expect
      .poll(() => value('strongroom_job_runs_total', { job_name: 'rotation', outcome: 'done' }))
      .toBeGreaterThan(0);
  });

  it('says what the database knows', async () => {
    expect(await value('strongroom_keys')).toBeGreaterThan(0);
    expect(await value('strongroom_database_figures_age_seconds')).toBeLessThan(31);
    for (const kind of ['rotation', 'deletion', 'expiry']) {
      const due = async (within: string) => value('strongroom_keys_due', { kind, within });
      expect(await due('overdue')).toBe(0);
      expect(await due('30d')).toBeGreaterThanOrEqual((await due('7d')) ?? Number.NaN);
    }
    const state = { store: customKeyStoreId, state: 'CONNECTED' };
    expect(await value('strongroom_key_store_state', state)).toBe(1);
  });

  it('counts a call under its service, operation and outcome, and its key store', async () => {
    const calls = {
      service: 'kms',
      operation: 'DescribeKey',
      code: 'NotFoundException',
      outcome: 'refused',
    };
    const before = (await value('strongroom_requests_total', calls)) ?? 0;
    const KeyId = '00000000-0000-4000-8000-000000000000';
    await expect(client.send(new DescribeKeyCommand({ KeyId }))).rejects.toThrow();
    expect(await value('strongroom_requests_total', calls)).toBeGreaterThan(before);
    const duration = 'strongroom_key_store_request_duration_seconds_count';
    const there = { store: customKeyStoreId, outcome: 'ok' };
    expect(await value(duration, there)).toBeGreaterThan(0);
  });
});

describe('metrics', () => {
  it('must all be given, each once', () => {
    const metrics = new Metrics();
    metrics.show('strongroom_keys', () => 1);
    expect(() => metrics.show('strongroom_keys', () => 1)).toThrow('given twice');
    expect(() => metrics.requireAll()).toThrow(/^nobody gives strongroom_build_info, /);
  });

  it('show nothing where nothing is known, and no nought', async () => {
    const metrics = new Metrics();
    metrics.show('strongroom_keys', () => []);
    expect(readExposition(await metrics.text()).get('strongroom_keys')?.samples).toEqual([]);
  });

  it('count into buckets whose bounds belong to them, each with those below it', async () => {
    const metrics = new Metrics();
    const duration = metrics.histogram('strongroom_request_duration_seconds');
    const labels = { service: 'kms', operation: 'Encrypt' };
    for (const seconds of [0, 0.0005, 0.00051, 10, 11]) duration(labels).observe(seconds);
    duration({ ...labels, operation: 'Decrypt' }).observe(1);
    const shown = readExposition(await metrics.text()).get('strongroom_request_duration_seconds');
    const ofEncrypt =
      shown?.samples.filter((sample) => sample.labels.operation === 'Encrypt') ?? [];
    const buckets = new Map(ofEncrypt.map(({ labels: { le = '' }, value }) => [le, value]));
    expect(['0.0005', '0.001', '5', '10', '+Inf'].map((le) => buckets.get(le))).toEqual([
      2, 3, 3, 4, 5,
    ]);
    const [sum, count] = ofEncrypt.slice(-2);
    expect([sum?.name, count?.name].map((name) => name?.split('_').at(-1))).toEqual([
      'sum',
      'count',
    ]);
    expect([sum?.value, count?.value]).toEqual([21.00101, 5]);
  });

  it('are one series for the same labels, in whatever order', async () => {
    const metrics = new Metrics();
    const deliveries = metrics.counter('strongroom_webhook_deliveries_total');
    deliveries({ webhook: 'siem', outcome: 'failed' }).inc();
    deliveries({ outcome: 'failed', webhook: 'siem' }).inc();
    const shown = readExposition(await metrics.text()).get('strongroom_webhook_deliveries_total');
    expect(shown?.samples.map(({ value }) => value)).toEqual([2]);
  });

  it('take no more values of a label than it may have', () => {
    const label = boundedLabel(2);
    expect(['a', 'b', 'c', 'a', 'd'].map(label)).toEqual(['a', 'b', 'other', 'a', 'other']);
  });
});
