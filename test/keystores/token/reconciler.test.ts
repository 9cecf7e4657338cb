import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Reconciler } from '../../../src/keystores/token/reconciler.js';
import { makeLog } from '../../../src/observe/log.js';
import { TokenHostError } from '../../../src/token-host/protocol/token-error.js';
import { DatabaseBench, NODE, type ServerView } from '../../support/database-bench.js';
import { databases } from '../../support/databases.js';
import { FakeTokenClient } from '../../support/fake-token-client.js';
import { MATERIAL_ID, sampleKey, sampleMaterial } from '../../support/sample-key.js';
import { writeRow } from '../../support/write-row.js';

const TOKEN = 'cluster-aaaaaaaaaaa';
const before = { ...NODE, incarnation: 'incarnation-0' };
const AGAIN_MS = 30_000;

const database = new DatabaseBench();
let view: ServerView;
let client: FakeTokenClient;
let lines: Record<string, unknown>[];
let reconciler: Reconciler;

beforeAll(async () => {
  const sqlite = databases.find(({ name }) => name === 'SQLite');
  if (sqlite) await database.prepare(await sqlite.prepare());
});

beforeEach(async () => {
  await database.begin();
  view = await database.server();
  client = new FakeTokenClient('store');
  lines = [];
  reconciler = new Reconciler({
    tokenId: TOKEN,
    client: client.asTokenClient,
    objects: view.objects(),
    log: makeLog({ level: 'info', destination: { write: (line) => lines.push(JSON.parse(line)) } }),
    now: () => 0,
  });
});

afterEach(async () => {
  vi.useRealTimers();
  await reconciler.stop();
  await database.end();
});

afterAll(() => database.dispose());

interface Intended {
  readonly ckaId: string;
  readonly by?: typeof NODE;
  readonly status?: 'intended' | 'doomed' | 'live';
  readonly tokenId?: string;
}

async function intend({ ckaId, by = NODE, status = 'intended', tokenId = TOKEN }: Intended) {
  const owner = { accountId: '1', region: 'r', keyId: 'k' };
  await view.objects(by).intend({ ckaId, tokenId, ...owner });
  await writeRow(view, 'token_objects', { cka_id: ckaId }, { status });
}

function hold(ckaId: string, label = `kms:k:${ckaId}`): void {
  client.keys.set(ckaId, { label, secret: Buffer.alloc(32) });
}

const known = async () => [...(await view.objects().known(TOKEN))].sort();
const held = () => [...client.keys.keys()].sort();
const unsettled = () => lines.filter(({ msg }) => String(msg).includes('could not be destroyed'));

describe('a round', () => {
  it.each<{ name: string; row: Intended; settled: boolean }>([
    { name: 'doomed', row: { ckaId: 'a', status: 'doomed' }, settled: true },
    { name: 'intended before a crash', row: { ckaId: 'a', by: before }, settled: true },
    { name: 'intended now', row: { ckaId: 'a' }, settled: false },
    { name: "a key's", row: { ckaId: 'a', status: 'live', by: before }, settled: false },
    {
      name: 'of another token',
      row: { ckaId: 'a', status: 'doomed', tokenId: 'x' },
      settled: false,
    },
  ])('destroys what is abandoned: $name, $settled', async ({ row, settled }) => {
    await intend(row);
    hold('a');
    await intend({ ckaId: 'last', status: 'doomed' });
    reconciler.wake();
    await expect.poll(known).not.toContain('last');
    expect(held()).toStrictEqual(settled ? [] : ['a']);
    const rows = await view.database('token_objects').pluck('cka_id');
    expect(rows).toStrictEqual(settled ? [] : ['a']);
  });

  it("destroys nothing by a row that somebody else wrote, nor what is a key's", async () => {
    await intend({ ckaId: 'a', status: 'live' });
    hold('a');
    await view.database('token_objects').where({ cka_id: 'a' }).update({ status: 'doomed' });
    await intend({ ckaId: 'b' });
    hold('b');
    const material = sampleMaterial({ ckaId: 'b', sealed: undefined });
    await view.keys.insert(sampleKey({ materials: new Map([[MATERIAL_ID, material]]) }), []);
    await writeRow(view, 'token_objects', { cka_id: 'b' }, { status: 'doomed' });
    await intend({ ckaId: 'last', status: 'doomed' });
    await reconciler.reconcile();
    expect(held()).toStrictEqual(['a', 'b']);
  });

  it('settles an intent whose object was never made', async () => {
    await intend({ ckaId: 'a', by: before });
    reconciler.wake();
    await expect.poll(known).toStrictEqual([]);
    expect(lines).toMatchObject([{ ckaId: 'a', existed: false }]);
  });

  it('never touches what no row names', async () => {
    hold('foreign', 'somebody else’s');
    hold('ours', 'kms:k:lost');
    await intend({ ckaId: 'a', status: 'doomed' });
    reconciler.wake();
    await expect.poll(known).toStrictEqual([]);
    expect(held()).toStrictEqual(['foreign', 'ours']);
  });

  it.each(['before', 'after'] as const)(
    'keeps the row until the token is known not to hold the object: lost %s',
    async (when) => {
      await intend({ ckaId: 'a', status: 'doomed' });
      hold('a');
      client.fault = { call: 'destroyObject', when, error: new TokenHostError('lost', 'x') };
      reconciler.wake();
      await expect.poll(() => unsettled().length).toBe(1);
      expect(await known()).toStrictEqual(['a']);
      client.fault = undefined;
      reconciler.wake();
      await expect.poll(known).toStrictEqual([]);
      expect(held()).toStrictEqual([]);
    },
  );

  it('is made again by itself after a failure', async () => {
    await intend({ ckaId: 'a', status: 'doomed' });
    client.fault = {
      call: 'destroyObject',
      when: 'before',
      error: new TokenHostError('lost', 'x'),
    };
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    reconciler.wake();
    await vi.waitUntil(() => unsettled().length === 1);
    client.fault = undefined;
    await vi.advanceTimersByTimeAsync(AGAIN_MS);
    vi.useRealTimers();
    await expect.poll(known).toStrictEqual([]);
  });

  it('finds what was doomed by who could not wake it', async () => {
    const done = vi.fn();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    void reconciler.reconcile().then(done);
    await vi.waitUntil(() => done.mock.calls.length === 1);
    await intend({ ckaId: 'a', status: 'doomed' });
    hold('a');
    await vi.advanceTimersByTimeAsync(AGAIN_MS);
    vi.useRealTimers();
    await expect.poll(known).toStrictEqual([]);
    expect(held()).toStrictEqual([]);
  });

  it('follows for what was abandoned during one', async () => {
    await intend({ ckaId: 'a', status: 'doomed' });
    reconciler.wake();
    await intend({ ckaId: 'b', status: 'doomed' });
    reconciler.wake();
    await expect.poll(known).toStrictEqual([]);
  });

  it('is not begun after the end', async () => {
    await intend({ ckaId: 'a', status: 'doomed' });
    await reconciler.stop();
    reconciler.wake();
    expect(await known()).toStrictEqual(['a']);
    expect(client.calls).toStrictEqual([]);
  });
});

describe('the report of unknown objects', () => {
  it('names ours that no row knows, and destroys nothing', async () => {
    hold('unknown');
    hold('foreign', 'somebody else’s');
    hold('known');
    await intend({ ckaId: 'known', status: 'live' });
    await reconciler.reportUnknown();
    expect(lines).toMatchObject([{ level: 40, tokenId: TOKEN, count: 1, ckaIds: ['unknown'] }]);
    expect(held()).toStrictEqual(['foreign', 'known', 'unknown']);
  });

  it('names ten at most, and is silent about none', async () => {
    await reconciler.reportUnknown();
    expect(lines).toStrictEqual([]);
    for (let index = 0; index < 12; index += 1) hold(`object-${index}`);
    await reconciler.reportUnknown();
    expect(lines).toMatchObject([{ count: 12, ckaIds: { length: 10 } }]);
  });
});
