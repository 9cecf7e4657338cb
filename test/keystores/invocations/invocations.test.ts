import { expect, it } from 'vitest';
import { InvocationRepository } from '../../../src/keystores/invocations/invocation-repository.js';
import {
  Invocations,
  MANY_INVOCATIONS,
  MOST_INVOCATIONS,
} from '../../../src/keystores/invocations/invocations.js';
import { makeLog } from '../../../src/observe/log.js';
import { describeDatabases, type ServerView } from '../../support/database-bench.js';

const KEY = 'a'.repeat(32);
const FIRST_BLOCK = 1024;
const soon = () => Date.now() + 30_000;

interface Counting {
  readonly invocations: Invocations;
  readonly lines: { readonly msg: string }[];
  readonly asked: number[];
  /** Thrown by each reservation while it is there. */
  fault: Error | undefined;
}

/** One server's counting, from its start. */
function counting({ database }: ServerView): Counting {
  const repository = new InvocationRepository(database);
  const lines: { msg: string }[] = [];
  const write = (line: string) => lines.push(JSON.parse(line));
  const log = makeLog({ level: 'warn', destination: { write } });
  const made: Counting = {
    ...{ lines, asked: [], fault: undefined },
    invocations: new Invocations({
      repository: {
        reserve: async (name, block) => {
          made.asked.push(block);
          if (made.fault) throw made.fault;
          return repository.reserve(name, block);
        },
      },
      log,
      now: Date.now,
    }),
  };
  return made;
}

async function takeAll({ invocations }: Counting, count: number): Promise<number> {
  for (let taken = 0; taken < count; taken += 1) {
    try {
      await invocations.take(KEY, soon());
    } catch (error) {
      expect(error).toMatchObject({ name: 'StoreError', kind: 'worn-out' });
      return taken;
    }
  }
  return count;
}

const reservedOf = async ({ database }: ServerView) =>
  Number((await database('key_invocations').where({ name: KEY }).first('reserved')).reserved);

const reserve = ({ database }: ServerView, reserved: number) =>
  database('key_invocations').insert({ name: KEY, reserved });

describeDatabases((bench) => {
  it('never counts less than was taken, whatever ends', async () => {
    const view = await bench.server();
    let taken = 0;
    for (const share of [1, 700, 3000]) {
      taken += await takeAll(counting(view), share);
      expect(await reservedOf(view)).toBeGreaterThanOrEqual(taken);
    }
  });

  it('asks the database ahead: a call waits for the first block only', async () => {
    const started = counting(await bench.server());
    await started.invocations.take(KEY, soon());
    const waits = (count: number) =>
      Array.from({ length: count }, () => started.invocations.take(KEY, soon())).filter(
        (waiting) => waiting !== undefined,
      ).length;
    // More than half of the first block, then what is left of it and most of the second.
    expect(waits(600)).toBe(0);
    await expect.poll(() => started.invocations.most).toBe(FIRST_BLOCK + 8192);
    expect(waits(8000)).toBe(0);
    await expect.poll(() => started.invocations.most).toBe(FIRST_BLOCK + 8192 + 65_536);
    expect(waits(10_000)).toBe(0);
    expect(started.asked).toStrictEqual([FIRST_BLOCK, 8192, 65_536]);
  });

  it('gives out 2^32 in all, to several servers that ask at once', async () => {
    const [one, other] = [await bench.server(), await bench.server()];
    const left = 5000;
    await reserve(one, MOST_INVOCATIONS - left);
    const taken = await Promise.all(
      [one, other, one].map((view) => takeAll(counting(view), left + 1)),
    );
    const [a = 0, b = 0, c = 0] = taken;
    expect(a + b + c).toBe(left);
  });

  it('gives calls that wait for one block no more than is in it', async () => {
    const view = await bench.server();
    await reserve(view, MOST_INVOCATIONS - 3);
    const { invocations, asked } = counting(view);
    const calls = Array.from({ length: 10 }, () => invocations.take(KEY, soon()));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(asked).toHaveLength(1);
  });

  it('warns once at 2^31, and shows it', async () => {
    const view = await bench.server();
    await reserve(view, MANY_INVOCATIONS - FIRST_BLOCK - 1);
    const { invocations, lines } = counting(view);
    await invocations.take(KEY, soon());
    expect([lines.length, invocations.wearing]).toStrictEqual([0, 0]);
    await takeAll({ invocations, lines, asked: [], fault: undefined }, 10_000);
    expect(lines.map(({ msg }) => msg)).toStrictEqual([
      'this token key has encrypted so often that it should be rotated or replaced; at 2^32 it encrypts no more',
    ]);
    expect([invocations.wearing, invocations.most]).toStrictEqual([1, await reservedOf(view)]);
  });

  it('refuses while the database gives nothing and the block is used up, and goes on after that', async () => {
    const view = await bench.server();
    const started = counting(view);
    await started.invocations.take(KEY, soon());
    started.fault = new Error('away');
    let taken = 1;
    const refused = (async () => {
      for (;;) {
        await started.invocations.take(KEY, soon());
        taken += 1;
      }
    })();
    await expect(refused).rejects.toThrow('away');
    expect(taken).toBe(FIRST_BLOCK);
    started.fault = undefined;
    expect(await takeAll(started, 10)).toBe(10);
    expect(await reservedOf(view)).toBeGreaterThanOrEqual(FIRST_BLOCK + 10);
  });

  it('lets nobody wait longer than the caller does', async () => {
    const log = makeLog({ level: 'warn' });
    const never = { reserve: () => new Promise<number>(() => undefined) };
    const invocations = new Invocations({ repository: never, log, now: Date.now });
    await expect(invocations.take(KEY, Date.now() + 20)).rejects.toThrow(/within its time limit/);
  });

  it('counts what could not wait, and refuses it too in the end', async () => {
    const view = await bench.server();
    await reserve(view, MOST_INVOCATIONS - 4);
    const { invocations } = counting(view);
    invocations.note(KEY);
    invocations.note(KEY);
    await expect.poll(() => invocations.most).toBe(MOST_INVOCATIONS);
    invocations.note(KEY);
    invocations.note(KEY);
    expect(() => invocations.note(KEY)).toThrow('worn-out');
  });
});
