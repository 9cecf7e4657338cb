import type { Knex } from 'knex';
import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../src/db/changes.js';
import { postgresql } from '../../src/db/dialects/postgresql.js';
import { type DatabaseBench, describeDatabases } from '../support/database-bench.js';

/** More than a reader can be expected to look back by numbers. */
const MANY = 300;

const row = (ref: string) => ({ kind: 'key', ref, created_at: 0 });

/** A transaction that has written its row and commits when the test says so. */
async function slow(database: Knex, ref: string): Promise<Knex.Transaction> {
  const transaction = await database.transaction();
  await transaction('changes').insert(row(ref));
  return transaction;
}

/** A server that follows the feed, and one whose transactions the test makes. */
async function follower(bench: DatabaseBench) {
  const [there, { database }] = [await bench.server(), await bench.server()];
  const heard: string[] = [];
  there.changes.on('key', 'keys', (ref) => void heard.push(ref));
  await there.changes.start();
  return {
    ...{ there, database, heard },
    hears: (...refs: readonly string[]) =>
      expect.poll(() => heard).toStrictEqual(expect.arrayContaining([...refs])),
    /** Settles when a change that is made now has been told, with all that a look finds before it. */
    pass: async () => {
      await database('changes').insert(row('pass'));
      const before = heard.length;
      await expect.poll(() => heard.slice(before)).toContain('pass');
    },
  };
}

// SQLite has one writer at a time: there the order of the numbers is that of the commits.
describeDatabases((bench) => {
  describe('a change whose transaction is slow', () => {
    it('is told once it is committed, after hundreds of later ones, and once', async () => {
      const { database, heard, hears, pass } = await follower(bench);
      const transaction = await slow(database, 'slow');
      const later = Array.from({ length: MANY }, (_, each) => `later ${each}`);
      await database('changes').insert(later.map(row));
      await hears(...later);
      expect(heard).not.toContain('slow');
      await transaction.commit();
      await hears('slow');
      await pass();
      expect(heard.filter((ref) => ref === 'slow')).toHaveLength(1);
      expect(new Set(heard).size).toBe(MANY + 2);
      expect(heard).toHaveLength(MANY + 2);
    });

    it('is told when such transactions end in the opposite order, and never of one undone', async () => {
      const { database, heard, hears, pass } = await follower(bench);
      const one = await slow(database, 'one');
      const undone = await slow(database, 'undone');
      const two = await slow(database, 'two');
      await pass();
      await two.commit();
      await hears('two');
      await undone.rollback();
      await pass();
      await one.commit();
      await hears('one');
      await pass();
      expect(heard.filter((ref) => ref !== 'pass')).toStrictEqual(['two', 'one']);
    });
  });

  it('numbers that leave gaps, or begin again, hide nothing', async () => {
    const { database, hears } = await follower(bench);
    const numberNext = (seq: number) => database.raw("SELECT setval('changes_seq_seq', ?)", [seq]);
    await numberNext(1_000_000);
    await database('changes').insert(row('after the gap'));
    await hears('after the gap');
    await numberNext(10);
    await database('changes').insert(row('before it'));
    await hears('before it');
  });

  it('another run of the database server is noticed, and everything is dropped', async () => {
    const { there, hears } = await follower(bench);
    const { look } = postgresql;
    const first = await look(there.database, undefined, 10, 1000);
    const position = JSON.stringify({ ...JSON.parse(first.position), run: 'another' });
    expect(await look(there.database, position, 10, 1000)).toMatchObject({ continued: false });
    expect(await look(there.database, first.position, 10, 1000)).toMatchObject({ continued: true });
    await there.changes.stop();
    // Whoever didn't look for a while can't know.
    await there.changes.start();
    await hears(EVERYTHING);
  });

  it('rows of a restored dump, with numbers of transactions to come, are not told', async () => {
    const { database, heard, pass } = await follower(bench);
    await database('changes').insert({ ...row('restored'), xid: '9000000000' });
    await pass();
    await pass();
    expect(heard).toStrictEqual(['pass', 'pass']);
  });
}, 'PostgreSQL');
