import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../src/db/changes.js';
import { LEASE_MS } from '../../src/db/memory-lease.js';
import {
  type DatabaseBench,
  describeDatabases,
  type ServerView,
} from '../support/database-bench.js';
import { SCOPE, sampleKey } from '../support/sample-key.js';

const MINUTE_MS = 60_000;
const key = sampleKey();
const KEY_REF = `${key.region}/${key.keyId}`;

/** What a server's feed tells, and a promise of what it will. */
function hear({ changes }: ServerView) {
  const heard: string[] = [];
  const waiting = new Map<string, () => void>();
  changes.on('key', 'keys', (ref) => {
    heard.push(ref);
    waiting.get(ref)?.();
  });
  return {
    heard,
    /** Settles when `ref` has been told; the test's own time-out bounds it. */
    next: (ref: string) => new Promise<void>((resolve) => void waiting.set(ref, resolve)),
  };
}

async function twoServers(bench: DatabaseBench) {
  const [here, there] = [await bench.server(), await bench.server()];
  await here.changes.start();
  await there.changes.start();
  return { here, there };
}

const touch = ({ changes }: ServerView, ref: string) =>
  changes.commit(async (_, changed) => changed({ kind: 'key', ref }));

describeDatabases((bench) => {
  describe('a change', () => {
    it('is told here when it is committed, before the caller goes on', async () => {
      const { here } = await twoServers(bench);
      const { heard } = hear(here);
      await here.changes.commit(async (_, changed) => {
        changed({ kind: 'key', ref: 'a' });
        changed({ kind: 'alias', ref: 'b' });
        expect(heard).toStrictEqual([]);
      });
      expect(heard).toStrictEqual(['a']);
    });

    it('is told to another server, once, and not here again', async () => {
      const { here, there } = await twoServers(bench);
      const [mine, theirs] = [hear(here), hear(there)];
      await touch(here, 'a');
      await theirs.next('a');
      const last = [mine.next('last'), theirs.next('last')];
      // A later change by a third is told to both: whatever the first still had to tell, it has told.
      await touch(await bench.server(), 'last');
      await Promise.all(last);
      expect(theirs.heard).toStrictEqual(['a', 'last']);
      expect(mine.heard).toStrictEqual(['a', 'last']);
    });

    it('that is rolled back is told to nobody', async () => {
      const { here, there } = await twoServers(bench);
      const [mine, theirs] = [hear(here), hear(there)];
      await expect(
        here.changes.commit(async (_, changed) => {
          changed({ kind: 'key', ref: 'undone' });
          throw new Error('refused');
        }),
      ).rejects.toThrow('refused');
      const last = theirs.next('last');
      await touch(here, 'last');
      await last;
      expect([mine.heard, theirs.heard]).toStrictEqual([['last'], ['last']]);
    });

    it("drops what another server's repositories keep", async () => {
      const { here, there } = await twoServers(bench);
      await here.keys.insert(key, []);
      await here.aliases.create(SCOPE, 'alias/a', key);
      expect(await there.keys.find(key.region, key.keyId)).toMatchObject({ enabled: true });
      expect(await there.aliases.target(SCOPE, 'alias/a')).toBe(key.keyId);
      const { next } = hear(there);
      const told = next(KEY_REF);
      await here.aliases.delete(SCOPE, 'alias/a', key.keyId);
      await here.keys.change(key, () => ({ enabled: false }));
      await told;
      expect(await there.keys.find(key.region, key.keyId)).toMatchObject({ enabled: false });
      expect(await there.aliases.target(SCOPE, 'alias/a')).toBeUndefined();
    });
  });

  describe('a server that was away', () => {
    it('for more than half an hour drops everything', async () => {
      const { here } = await twoServers(bench);
      const { next } = hear(here);
      const told = next(EVERYTHING);
      bench.now += 31 * MINUTE_MS;
      await told;
    });

    it('from the database, however it looked for it, drops everything', async () => {
      const { here, there } = await twoServers(bench);
      await here.changes.stop();
      const { next } = hear(there);
      const told = next(EVERYTHING);
      await here.database.schema.renameTable('changes', 'away');
      for (let failures = 1; failures <= 3; failures += 1) {
        await expect.poll(() => there.errors.length).toBeGreaterThanOrEqual(failures);
        bench.now += 20 * MINUTE_MS;
      }
      await here.database.schema.renameTable('away', 'changes');
      await told;
    });

    it('for less does not', async () => {
      const { here, there } = await twoServers(bench);
      const { heard, next } = hear(there);
      bench.now += 29 * MINUTE_MS;
      const told = next('a');
      await touch(here, 'a');
      await told;
      expect(heard).toStrictEqual(['a']);
    });
  });

  describe('the lease on memory', () => {
    it('that ended while no look was made is renewed by the next, for which calls wait', async () => {
      const { here } = await twoServers(bench);
      expect(here.changes.require()).toBeUndefined();
      bench.now += LEASE_MS;
      expect(here.changes.lease.held).toBe(false);
      await here.changes.require();
      expect(here.changes.lease.held).toBe(true);
    });

    it('is waited for by nobody while looks fail, and held again once one is answered', async () => {
      const { here, there } = await twoServers(bench);
      await here.changes.stop();
      await here.database.schema.renameTable('changes', 'away');
      await expect.poll(() => there.errors).not.toHaveLength(0);
      expect(there.changes.require()).toBeUndefined();
      bench.now += LEASE_MS;
      const refused = { code: 'ServiceUnavailableException' };
      await expect(there.changes.require()).rejects.toMatchObject(refused);
      await here.database.schema.renameTable('away', 'changes');
      await expect.poll(() => there.changes.lease.held).toBe(true);
      expect(there.changes.require()).toBeUndefined();
    });

    it('is not renewed before every memory has followed what was found', async () => {
      const { here, there } = await twoServers(bench);
      const followed: string[] = [];
      let fails = true;
      there.changes.on('key', 'keys', async (ref) => {
        if (fails) throw new Error('the database is away');
        followed.push(ref);
      });
      await touch(here, 'a');
      await expect.poll(() => there.errors).not.toHaveLength(0);
      bench.now += LEASE_MS;
      await expect(there.changes.require()).rejects.toThrow();
      fails = false;
      await expect.poll(() => there.changes.lease.held).toBe(true);
      expect(followed).toContain('a');
    });

    it('a change of its own that a memory could not follow is told by the next look', async () => {
      const { here } = await twoServers(bench);
      const followed: string[] = [];
      let failures = 0;
      here.changes.on('key', 'keys', (ref) => {
        if (failures++ === 0) throw new Error('the database is away');
        followed.push(ref);
      });
      await touch(here, 'a');
      expect(followed).toStrictEqual([]);
      await expect.poll(() => followed).toStrictEqual(['a']);
    });
  });

  it('rows are removed an hour after a look has seen them, not those of a later look', async () => {
    const { here, there } = await twoServers(bench);
    const { next } = hear(there);
    const anHour = async () => {
      const told = next(EVERYTHING);
      bench.now += 61 * MINUTE_MS;
      await told;
    };
    await touch(here, 'old');
    await anHour();
    const late = next('late');
    await touch(here, 'late');
    await late;
    await anHour();
    const refs = () => here.database('changes').orderBy('seq').pluck('ref');
    await expect.poll(refs).toStrictEqual(['late']);
    const told = next('new');
    await touch(here, 'new');
    await told;
  });

  it('nothing is told after the end', async () => {
    const { here, there } = await twoServers(bench);
    const stopped = hear(there);
    await there.changes.stop();
    const third = await bench.server();
    await third.changes.start();
    const { next } = hear(third);
    const told = next('a');
    await touch(here, 'a');
    await told;
    expect(stopped.heard).toStrictEqual([]);
  });
});
