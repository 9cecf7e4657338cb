import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Evidence } from '../../src/audit/evidence.js';
import { AuditOutbox } from '../../src/audit/outbox.js';
import { type AuditRecord, buildRecord } from '../../src/audit/record.js';
import { AuditTrail } from '../../src/audit/trail.js';
import { makeLog } from '../../src/observe/log.js';
import { auditRecordsIn } from '../support/audit-records.js';
import { describeDatabases, type ServerView } from '../support/database-bench.js';
import { eventually } from '../support/eventually.js';
import { Turnstile } from '../support/interleaving.js';
import { sampleFacts } from './sample-facts.js';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const HOUR_MS = 3_600_000;
const log = makeLog({ level: 'fatal' });

describeDatabases((bench) => {
  describe('records and changes', () => {
    let dir: string;
    let trail: AuditTrail;
    let outbox: AuditOutbox;
    let view: ServerView;
    let now: number;
    /** While true, the trail takes nothing. */
    let full: boolean;

    beforeEach(async () => {
      dir = mkdtempSync(join(tmpdir(), 'strongroom-outbox-'));
      now = NOW;
      full = false;
      trail = await AuditTrail.open({ dir, maxFileBytes: 1e8, now: () => NOW, log });
      view = await bench.server();
      outbox = await openOutbox('node-1');
    });
    afterEach(async () => {
      await outbox.close();
      await trail.close();
      rmSync(dir, { recursive: true, force: true });
    });

    const refusing = {
      get usable() {
        return !full;
      },
      append: async (...records: readonly AuditRecord[]) => {
        if (full) throw new Error('no space left on device');
        await trail.append(...records);
      },
      appendLines: async (lines: string) => {
        if (full) throw new Error('no space left on device');
        await trail.appendLines(lines);
      },
    };

    function openOutbox(nodeId: string): Promise<AuditOutbox> {
      const { database } = view;
      return AuditOutbox.open({ database, trail: refusing, nodeId, now: () => now, log });
    }

    const written = async () =>
      (await auditRecordsIn(dir)).map(({ requestID, userAgent }) => `${requestID} ${userAgent}`);
    const kept = async () => {
      const rows = await view.database('audit_outbox').orderBy('request_id').select('request_id');
      return rows.map(({ request_id }) => request_id);
    };
    const emptied = () => eventually('an empty outbox', async () => (await kept()).length === 0);

    /** A call, whose record says how far it has come. */
    function call(requestId: string) {
      let come = 'begun';
      const records = () => [buildRecord({ ...sampleFacts, requestId, userAgent: come })];
      const evidence = new Evidence({ trail: refusing, outbox, requestId, records });
      return {
        evidence,
        change: async (ref: string, fails = false) => {
          await evidence.during(() =>
            view.changes.commit(async (transaction, changed) => {
              changed({ kind: 'key', ref });
              await transaction('tags').select().limit(1);
              if (fails) throw new Error('the change is undone');
            }),
          );
          come = `has changed ${ref}`;
        },
      };
    }

    it('are committed together, and the row goes once the trail has the record', async () => {
      const { evidence, change } = call('one');
      await change('a');
      expect(await kept()).toEqual(['one']);
      await change('b');
      expect(await kept()).toEqual(['one']);
      await evidence.write();
      expect(await written()).toEqual(['one has changed b']);
      await emptied();
    });

    it('are undone together', async () => {
      const { evidence, change } = call('one');
      await expect(change('a', true)).rejects.toThrow('the change is undone');
      expect(await kept()).toEqual([]);
      await evidence.write();
      expect(await written()).toEqual(['one begun']);
    });

    it('of calls at the same time are not mixed up', async () => {
      const calls = ['one', 'two', 'three'].map(call);
      await Promise.all(
        calls
          .map(({ change }, index) => change(`${index}`, index === 1))
          .map((changed) => changed.catch(() => undefined)),
      );
      expect(await kept()).toEqual(['one', 'three']);
      await Promise.all(calls.map(({ evidence }) => evidence.write()));
      expect((await written()).toSorted()).toEqual([
        'one has changed 0',
        'three has changed 2',
        'two begun',
      ]);
      await emptied();
    });

    describe('of a call that is given up', () => {
      /** Runs a change that is given up before the first statement that matches. */
      async function givenUp(at: RegExp) {
        const { evidence, change } = call('one');
        const turnstile = new Turnstile(view.database);
        let known: boolean | undefined;
        turnstile.turn = async (sql) => {
          if (at.test(sql)) known ??= evidence.giveUp();
        };
        const [ending] = await Promise.allSettled([change('a')]);
        turnstile.turn = undefined;
        return { known, ending: ending.status, kept: await kept() };
      }

      it.each([
        ['before it begins', /^BEGIN/],
        ['while it changes', /tags/],
        ['while its record is put by', /audit_outbox/],
      ])('are undone with what it changes: %s', async (_, at) => {
        expect(await givenUp(at)).toEqual({ known: true, ending: 'rejected', kept: [] });
      });

      it('are kept with what it changes once the commit is under way, which is not known', async () => {
        expect(await givenUp(/^COMMIT/)).toEqual({
          known: false,
          ending: 'fulfilled',
          kept: ['one'],
        });
      });
    });

    it('that come after the call has ended are no longer its own', async () => {
      const { evidence, change } = call('one');
      await evidence.write();
      await change('later');
      expect(await kept()).toEqual([]);
    });

    it('that the trail could not take are there until it can', async () => {
      const { evidence, change } = call('one');
      await change('a');
      full = true;
      await expect(evidence.write()).rejects.toThrow('no space left on device');
      expect([await kept(), await written()]).toEqual([['one'], []]);
      full = false;
      await emptied();
      expect(await written()).toEqual(['one has changed a']);
    });

    it('of a killed server get to the trail when it starts again, as they were committed', async () => {
      await call('one').change('a');
      await outbox.close();
      expect(await written()).toEqual([]);
      outbox = await openOutbox('node-1');
      expect(await written()).toEqual(['one begun']);
      await emptied();
    });

    it('stop the start when the trail cannot take them, and stay', async () => {
      await call('one').change('a');
      await outbox.close();
      full = true;
      await expect(openOutbox('node-1')).rejects.toThrow('no space left on device');
      expect(await kept()).toEqual(['one']);
    });

    it('of another server are its own, for an hour', async () => {
      await call('one').change('a');
      const other = await openOutbox('node-2');
      expect([await kept(), await written()]).toEqual([['one'], []]);
      await other.close();
      now += HOUR_MS + 1;
      await (await openOutbox('node-2')).close();
      expect([await kept(), await written()]).toEqual([[], ['one begun']]);
    });
  });
});
