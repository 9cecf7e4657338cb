import { expect, it } from 'vitest';
import { insertEvents } from '../../../../src/services/kms/events/event-repository.js';
import type { KeyEvent } from '../../../../src/services/kms/events/key-event.js';
import { DueKeys } from '../../../../src/services/kms/keys/due-keys.js';
import type { Key } from '../../../../src/services/kms/keys/key.js';
import { rotationSetting } from '../../../../src/services/kms/rotation/rotation-rules.js';
import { allAtOnce, describeDatabases } from '../../../support/database-bench.js';
import { MATERIAL_ID, SCOPE, sampleKey, sampleMaterial } from '../../../support/sample-key.js';

const MRK_ID = 'mrk-1234abcd12ab34cd56ef1234567890ab';
const SECOND_ID = 'fedcba9876543210'.repeat(4);
const OTHER_REGION = 'eu-west-1';
const TOKEN_OBJECT = {
  ckaId: 'ab'.repeat(16),
  tokenId: 'cluster-a',
  accountId: SCOPE.accountId,
  region: SCOPE.region,
  keyId: sampleKey().keyId,
};

const eventOf = (eventId: string, more: Partial<KeyEvent> = {}): KeyEvent => ({
  eventId,
  name: 'RotateKey',
  accountId: SCOPE.accountId,
  region: SCOPE.region,
  keyArn: sampleKey().arn,
  details: { keyId: 'k' },
  happenedAt: new Date(1_700_000_000_000),
  ...more,
});

const material = (materialId: string, more: object = {}) => sampleMaterial({ materialId, ...more });

/** A primary key and its replica. */
function related(): [Key, Key] {
  const inRegion = (region: string): Key => ({
    ...sampleKey({ keyId: MRK_ID }),
    region,
    arn: `arn:aws:kms:${region}:${SCOPE.accountId}:key/${MRK_ID}`,
    multiRegion: { primaryRegion: SCOPE.region, replicaRegions: [OTHER_REGION] },
    materials: new Map([[MATERIAL_ID, sampleMaterial({ region, keyId: MRK_ID })]]),
  });
  return [inRegion(SCOPE.region), inRegion(OTHER_REGION)];
}

describeDatabases((bench) => {
  it('keeps every member of a key and its materials', async () => {
    const { keys } = await bench.server();
    const key = sampleKey({
      manager: 'AWS',
      origin: 'EXTERNAL',
      status: 'pending-deletion',
      deletionDate: new Date(1_800_000_000_000),
      pendingWindowInDays: 9,
      ...rotationSetting(sampleKey(), 90, 1_700_000_000_000),
      onDemandRotations: 3,
      trackedSince: new Date(1_700_000_000_000),
      materials: new Map([
        [MATERIAL_ID, material(MATERIAL_ID)],
        [
          SECOND_ID,
          material(SECOND_ID, {
            ordinal: 1,
            status: 'pending-rotation',
            sealed: undefined,
            rotation: { date: new Date(1_700_000_000_001), type: 'ON_DEMAND' },
            expiration: { model: 'KEY_MATERIAL_EXPIRES', validTo: new Date(1_800_000_000_001) },
            description: 'second',
          }),
        ],
      ]),
    });
    await keys.insert(key, []);
    expect(await (await bench.server()).keys.find(key.region, key.keyId)).toEqual(key);
  });

  it('changes materials and tells of it, or does neither', async () => {
    const { keys, events } = await bench.server();
    const key = sampleKey();
    await keys.insert(key, []);
    const added = material(SECOND_ID, { ordinal: 1 });
    const change = (fresh: Key): Key => ({
      ...fresh,
      currentMaterialId: SECOND_ID,
      materials: new Map([...fresh.materials, [SECOND_ID, added]]),
    });
    await keys.changeRelated(key, ([fresh]) => ({
      put: [change(fresh)],
      events: [eventOf('e-1')],
    }));
    expect((await keys.find(key.region, key.keyId))?.currentMaterialId).toBe(SECOND_ID);
    // The same event twice violates its uniqueness: the whole transaction is gone.
    await expect(
      keys.changeRelated(key, ([fresh]) => ({
        put: [{ ...fresh, description: 'never' }],
        events: [eventOf('e-1')],
      })),
    ).rejects.toThrow();
    const after = await keys.find(key.region, key.keyId);
    expect(after?.description).toBe('');
    expect(after?.materials.size).toBe(2);
    const listed = await events.list(SCOPE.accountId, SCOPE.region, 0, 10);
    expect(listed.map(({ eventId }) => eventId)).toEqual(['e-1']);
  });

  it('makes token objects live and dooms them with their materials', async () => {
    const { keys, objects } = await bench.server();
    const key = sampleKey();
    await keys.insert(key, []);
    await objects().intend(TOKEN_OBJECT);
    const added = material(SECOND_ID, { ckaId: TOKEN_OBJECT.ckaId, sealed: undefined, ordinal: 1 });
    await keys.changeRelated(key, ([fresh]) => ({
      put: [{ ...fresh, materials: new Map([...fresh.materials, [SECOND_ID, added]]) }],
    }));
    expect(await objects().abandoned(TOKEN_OBJECT.tokenId)).toEqual([]);
    await keys.remove(key, () => ({ put: [] }));
    expect(await objects().abandoned(TOKEN_OBJECT.tokenId)).toEqual([TOKEN_OBJECT.ckaId]);
    expect(await keys.find(key.region, key.keyId)).toBeUndefined();
  });

  it('of two rotations of one key lets one win', async () => {
    const [here, there] = [await bench.server(), await bench.server()];
    const key = sampleKey();
    await here.keys.insert(key, []);
    const rotate = (materialId: string) => (related: readonly [Key, ...Key[]]) => {
      const [fresh] = related;
      if (fresh.currentMaterialId !== MATERIAL_ID) throw new Error('rotated meanwhile');
      const added = material(materialId, { ordinal: 1 });
      const materials = new Map([...fresh.materials, [materialId, added]]);
      return { put: [{ ...fresh, currentMaterialId: materialId, materials }] };
    };
    const { won } = await allAtOnce([
      here.keys.changeRelated(key, rotate('a'.repeat(64))),
      there.keys.changeRelated(key, rotate('b'.repeat(64))),
    ]);
    expect(won).toBe(1);
  });

  it('knows related keys, and changes them together', async () => {
    const { keys } = await bench.server();
    const [primary, replica] = related();
    await keys.insert(
      { ...primary, multiRegion: { ...primary.multiRegion, replicaRegions: [] } as never },
      [],
    );
    await keys.addRelated(primary, [], ([fresh]) => {
      expect(fresh.multiRegion).toEqual({ primaryRegion: SCOPE.region, replicaRegions: [] });
      return replica;
    });
    expect((await keys.find(SCOPE.region, MRK_ID))?.multiRegion?.replicaRegions).toEqual([
      OTHER_REGION,
    ]);
    await keys.changeRelated(primary, (related) => ({
      put: related.map((member) => ({ ...member, rotationPeriodInDays: 100 })),
    }));
    for (const region of [SCOPE.region, OTHER_REGION]) {
      const member = await keys.find(region, MRK_ID);
      // Counted when the replica came, and by this change.
      expect(member).toMatchObject({ rotationPeriodInDays: 100, relatedVersion: 2 });
    }
    await keys.remove(replica, () => ({ put: [] }));
    expect((await keys.find(SCOPE.region, MRK_ID))?.multiRegion?.replicaRegions).toEqual([]);
  });

  it('finds what is due, the earliest first', async () => {
    const { keys, database } = await bench.server();
    const dueKeys = new DueKeys(database);
    const idOf = (n: number) => `0000000${n}-0000-4000-8000-000000000000`;
    const make = (n: number, more: Partial<Key>) =>
      keys.insert(
        {
          ...sampleKey({ keyId: idOf(n), ...more }),
          materials: new Map([[MATERIAL_ID, sampleMaterial({ keyId: idOf(n) })]]),
        } as Key,
        [],
      );
    const at = (ms: number) => ({ rotationPeriodInDays: 90, nextRotationDate: new Date(ms) });
    await make(1, at(3000));
    await make(2, at(1000));
    await make(3, { ...at(1000), enabled: false });
    await make(4, { status: 'pending-deletion', deletionDate: new Date(2000), ...at(500) });
    await make(5, at(9000));
    const ids = async (...args: Parameters<DueKeys['list']>) =>
      (await dueKeys.list(...args)).map(({ keyId }) => keyId);
    expect(await ids('rotation', 5000, 10)).toEqual([idOf(2), idOf(1)]);
    expect(await ids('rotation', 5000, 10, 1)).toEqual([idOf(1)]);
    expect(await ids('deletion', 2000, 10)).toEqual([idOf(4)]);
    expect(await ids('expiry', 5000, 10)).toEqual([]);
    expect(await dueKeys.next('rotation')).toBe(1000);
    expect(await dueKeys.next('deletion')).toBe(2000);
    expect(await dueKeys.next('expiry')).toBeUndefined();
  });

  it('keeps the latest use of a key', async () => {
    const { lastUsage, keys } = await bench.server();
    await keys.insert(sampleKey({ keyId: 'k' }), []);
    const key = { region: SCOPE.region, keyId: 'k', accountId: SCOPE.accountId };
    const use = (ms: number, operation: string) => ({
      ...key,
      ...{ operation, usedAt: new Date(ms), eventId: `e${ms}`, requestId: `r${ms}` },
    });
    expect(await lastUsage.find(key)).toBeUndefined();
    await lastUsage.store([use(2000, 'Encrypt')]);
    await lastUsage.store([use(1000, 'Decrypt')]);
    expect(await lastUsage.find(key)).toEqual(use(2000, 'Encrypt'));
    await lastUsage.store([use(3000, 'Sign')]);
    expect(await lastUsage.find(key)).toEqual(use(3000, 'Sign'));
  });

  it('gives a lease to one holder until it runs out', async () => {
    const [here, there] = [await bench.server(), await bench.server()];
    const holders = { a: here.leases('a'), b: there.leases('b') };
    const { won } = await allAtOnce(
      [holders.a.hold('jobs'), holders.b.hold('jobs')].map(async (held) => {
        if (!(await held)) throw new Error('the other has it');
      }),
    );
    expect(won).toBe(1);
    const winner = (await holders.a.hold('jobs')) ? 'a' : 'b';
    const loser = winner === 'a' ? 'b' : 'a';
    expect(await holders[winner].hold('jobs')).toBe(true);
    expect(await holders[loser].hold('jobs')).toBe(false);
    bench.now += 31_000;
    expect(await holders[loser].hold('jobs')).toBe(true);
    expect(await holders[winner].hold('jobs')).toBe(false);
    await holders[loser].release('jobs');
    expect(await holders[winner].hold('jobs')).toBe(true);
  });

  it('hands every event to every webhook once, in order, and not before it is complete', async () => {
    const { events } = await bench.server();
    await events.insert([eventOf('before')]);
    await events.subscribe(['a', 'b']);
    const held = eventOf('held', { holdMs: 30_000, additional: { status: 'unknown' } });
    await events.insert([eventOf('first'), held, eventOf('last')]);
    const due = async (webhook: string) =>
      (await events.due(webhook, 10)).map(({ event }) => event.eventId);
    expect(await due('a')).toEqual(['first']);
    expect(await due('b')).toEqual(['first']);
    await events.release({ ...held, additional: { status: 'known' } });
    expect(await due('a')).toEqual(['first', 'held', 'last']);
    const [one, two] = await events.due('a', 10);
    expect(two?.event.additional).toEqual({ status: 'known' });
    await events.delivered('a', one?.event.seq ?? 0);
    await events.postpone('a', two?.event.seq ?? 0, bench.now + 1000);
    expect(await due('a')).toEqual(['last']);
    bench.now += 1000;
    expect(await due('a')).toEqual(['held', 'last']);
    expect((await events.due('a', 10))[0]?.attempts).toBe(1);
    expect(await due('b')).toEqual(['first', 'held', 'last']);
  });

  it('forgets only events that everybody has', async () => {
    const { events } = await bench.server();
    await events.subscribe(['a']);
    await events.insert([eventOf('waiting'), eventOf('old')]);
    for (const { seq } of await events.unrecorded(10)) await events.markRecorded(seq);
    expect(await events.unrecorded(10)).toEqual([]);
    const [, old] = await events.due('a', 10);
    await events.delivered('a', old?.event.seq ?? 0);
    await events.prune(bench.now + 1);
    const left = await events.list(SCOPE.accountId, SCOPE.region, 0, 10);
    expect(left.map(({ eventId }) => eventId)).toEqual(['waiting']);
  });
});

// SQLite has one writer at a time: there numbers are in the order of the commits.
describeDatabases((bench) => {
  it('no event is passed over whose transaction commits after ones with higher numbers', async () => {
    const { events, database } = await bench.server();
    await events.subscribe(['a']);
    const slow = await database.transaction();
    await insertEvents(slow, [eventOf('slow')], bench.now);
    await events.insert([eventOf('quick')]);
    const due = events.due('a', 10);
    const waiting = () => database('pg_locks').where({ granted: false }).pluck('mode');
    await expect.poll(waiting).toHaveLength(1);
    await slow.commit();
    expect((await due).map(({ event }) => event.eventId)).toEqual(['slow', 'quick']);
  });
}, 'PostgreSQL');
