/** One login over all servers of a database with a password that isn't known to be right. */
import { afterEach, describe, expect, it } from 'vitest';
import { wallClock } from '../../../../src/kernel/time.js';
import { MAX_REFUSED_PINS, PinTries } from '../../../../src/services/kms/stores/pin-tries.js';
import { PinTry, type TryOutcome } from '../../../../src/services/kms/stores/pin-try.js';
import { type DatabaseBench, describeDatabases } from '../../../support/database-bench.js';

const TOKEN = 'cluster-aaaaaaaaaaa';
const PASSWORD = Buffer.from('sealed once');
const SET_AGAIN = Buffer.from('sealed twice');
const SILENCE_MS = 1000;
/** Nobody hears of this server while it tries, and it takes no other for lost. */
const FOR_EVER_MS = 100_000_000;
const wanted = () => false;
const unwanted = () => true;

describeDatabases((bench: DatabaseBench) => {
  const open: PinTry[] = [];
  /** Lets nothing beat on after its test. */
  afterEach(async () => {
    for (const tried of open.splice(0)) await tried.settle('untried', unwanted);
  });

  const server = async (nodeId: string, incarnation = 'first', silenceMs = SILENCE_MS) => {
    const { database } = await bench.server();
    const owner = { nodeId, incarnation };
    const tries = new PinTries({ database, owner, wallClock: wallClock(), silenceMs });
    return {
      database,
      refused: (password: Buffer) => tries.refused(TOKEN, password),
      leave: async (password = PASSWORD, isCancelled = wanted) => {
        const leave = await tries.leave(TOKEN, password, isCancelled);
        if (leave instanceof PinTry) open.push(leave);
        return leave;
      },
      /** Leave to try it, which this server has to get. */
      reserve: async (password = PASSWORD) => {
        const leave = await tries.leave(TOKEN, password, wanted);
        if (!(leave instanceof PinTry)) throw new Error(`not reserved but ${leave}`);
        open.push(leave);
        return leave;
      },
    };
  };

  describe('a password that is being tried', () => {
    it('is tried by one of all who ask at once', async () => {
      const servers: Awaited<ReturnType<typeof server>>[] = [];
      for (const name of ['a', 'b', 'c', 'd']) servers.push(await server(name));
      const answers = servers.map((each) => each.leave());
      const first = (await Promise.race(answers)) as PinTry;
      expect(first).toBeInstanceOf(PinTry);
      await first.settle('refused', wanted);
      const others = (await Promise.all(answers)).filter((leave) => leave !== first);
      expect(others).toEqual(['refused', 'refused', 'refused']);
    });

    it.each<[TryOutcome, unknown]>([
      ['good', 'good'],
      ['refused', 'refused'],
      ['untried', expect.any(PinTry)],
    ])('that proves %s is for the one who waited %s', async (outcome, expected) => {
      const [one, two] = [await server('a'), await server('b')];
      const tried = await one.reserve();
      const waiting = two.leave();
      expect(await tried.settle(outcome, wanted)).toBe(true);
      expect(await waiting).toEqual(expected);
    });

    it('keeps another password of the token waiting, which is tried afterwards', async () => {
      const [one, two] = [await server('a'), await server('b')];
      const tried = await one.reserve();
      const waiting = two.leave(SET_AGAIN);
      await tried.settle('refused', wanted);
      expect(await waiting).toBeInstanceOf(PinTry);
    });

    it('is waited for as long as its server lives, or the wait is wanted', async () => {
      const [one, two] = [await server('a'), await server('b')];
      await one.reserve();
      const until = performance.now() + 3 * SILENCE_MS;
      expect(await two.leave(PASSWORD, () => performance.now() > until)).toBe('cancelled');
    });
  });

  describe('a try of which no more is heard', () => {
    /** As a server leaves it that is killed. */
    const killed = async (nodeId: string) => (await server(nodeId, 'first', FOR_EVER_MS)).reserve();

    it('counts as refused at the next start of its server, for all', async () => {
      await killed('a');
      const again = await server('a', 'second', FOR_EVER_MS);
      expect(await again.leave()).toBe('refused');
      expect(await (await server('b')).leave()).toBe('refused');
      expect(await again.leave(SET_AGAIN)).toBeInstanceOf(PinTry);
    });

    it('counts as refused for the others after a while, even if it comes to a good end', async () => {
      const tried = await killed('a');
      const other = await server('b');
      expect(await other.leave()).toBe('refused');
      expect(await tried.settle('good', wanted)).toBe(false);
      expect(await other.leave()).toBe('refused');
    });
  });

  it('a password that was good is for all servers, until a token refuses it', async () => {
    const [one, two] = [await server('a'), await server('b')];
    await (await one.reserve()).settle('good', wanted);
    expect(await Promise.all([one.leave(), two.leave()])).toEqual(['good', 'good']);
    await two.refused(PASSWORD);
    expect(await Promise.all([one.leave(), two.leave()])).toEqual(['refused', 'refused']);
  });

  it('a good one clears the account of those that were refused', async () => {
    const one = await server('a');
    for (let n = 1; n < MAX_REFUSED_PINS; n += 1) await one.refused(Buffer.from(`wrong ${n}`));
    await (await one.reserve()).settle('good', wanted);
    for (let n = 0; n < MAX_REFUSED_PINS; n += 1) await one.refused(Buffer.from(`wrong ${n}`));
    expect(await one.leave(SET_AGAIN)).toBe('too-many');
  });

  it('keeps nothing of a password but a digest of its sealed form', async () => {
    const one = await server('a');
    await one.refused(SET_AGAIN);
    await one.reserve();
    const rows = await Promise.all(
      ['pin_tries', 'refused_pins'].map((table) => one.database(table).select()),
    );
    expect(rows.flat().map((row) => row.password_digest)).toEqual([
      expect.stringMatching(/^[0-9a-f]{64}$/),
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
    expect(JSON.stringify(rows)).not.toContain('sealed');
  });
});
