/** What binds the records of a trail, over crashes, stops, files and what settings remove. */
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { parseDigest } from '../../src/audit/chain/digest.js';
import { eventually } from '../support/eventually.js';
import { ChainedTrail } from './chained-trail.js';

const DAY_MS = 86_400_000;
const TODAY = '2026-03-02.jsonl';

let made: ChainedTrail;
afterEach(() => made.dispose());

async function opened(...settings: ConstructorParameters<typeof ChainedTrail>) {
  made = new ChainedTrail(...settings);
  await made.open();
  return made;
}

const digestsOf = ({ dir }: ChainedTrail) =>
  readdirSync(join(dir, 'digests'))
    .sort()
    .map((name) => join(dir, 'digests', name));

const statements = (trail: ChainedTrail) =>
  digestsOf(trail).map((path) => parseDigest(readFileSync(path, 'utf8')));

const openFile = (trail: ChainedTrail) =>
  digestsOf(trail).find((path) => path.endsWith('.open')) ?? '';

/** Until the records are in a checkpoint, which is written once a second. */
async function checkpointed(trail: ChainedTrail, records: number): Promise<void> {
  await eventually('a checkpoint', async () => (await trail.verify()).records === records);
}

describe('a digest', () => {
  it('names what it closes, and the digest before', async () => {
    const trail = await opened();
    const ids = await trail.write(6);
    await trail.close();
    const [begin, full, stop] = statements(trail).map(({ statement }) => statement);
    expect(begin).toMatchObject({ sequence: 1, end: 'begin', records: 0, previous: null });
    const bytes = statSync(join(trail.dir, TODAY)).size;
    expect(full).toMatchObject({
      ...{ sequence: 2, end: 'full', records: 4, recovered: 0 },
      ...{ first: { eventID: ids[0] }, last: { eventID: ids[3] } },
      spans: [{ file: TODAY, offset: 0, bytes: (bytes / 6) * 4, records: 4 }],
    });
    expect(stop).toMatchObject({ end: 'stop', records: 2, ends: { [TODAY]: bytes } });
    expect(digestsOf(trail)).toHaveLength(3);
    expect(statSync(digestsOf(trail)[0] ?? '').mode & 0o777).toBe(0o600);
  });

  it('is closed by time, also when the clock was set back', async () => {
    const trail = await opened({ maxRecords: 1000 });
    for (const step of [3_600_000, -7_200_000]) {
      await trail.write(1);
      trail.now += step;
      const before = digestsOf(trail).length;
      await eventually('a digest', async () => digestsOf(trail).length > before);
    }
    await trail.close();
    const ends = statements(trail).map(({ statement }) => statement?.end);
    expect(ends).toEqual(['begin', 'time', 'time', 'stop']);
    expect(await trail.verify()).toMatchObject({ intact: true, records: 2 });
  });

  it('is signed later where the key is away, over a restart too', async () => {
    const trail = await opened();
    trail.signs = false;
    await trail.write(5);
    await trail.close();
    expect(await trail.verify()).toMatchObject({ intact: true, unsigned: 2, records: 5 });
    trail.signs = true;
    await trail.open();
    expect(await trail.verify()).toMatchObject({ intact: true, unsigned: 0, records: 5 });
  });

  it('is not signed when it was changed before', async () => {
    const trail = await opened();
    trail.signs = false;
    await trail.write(5);
    await trail.close();
    const [, full = ''] = digestsOf(trail);
    const content = readFileSync(full, 'utf8');
    writeFileSync(full, content.replace('"end":"full"', '"end":"time"'));
    trail.signs = true;
    await trail.open();
    expect((await trail.verify()).problems).toContainEqual({ kind: 'digest-unsigned', digest: 2 });
  });
});

describe('a server that was killed', () => {
  it('has lost nothing, wherever it was', async () => {
    const trail = await opened();
    let records = 0;
    for (const more of [0, 3, 1, 5, 4]) {
      await trail.write(more);
      records += more;
      await trail.killed();
      const found = await trail.verify();
      expect(found).toMatchObject({ intact: true, problems: [] });
      expect(found.records + found.notYetInDigest).toBe(records);
      await trail.open();
      expect(await trail.verify()).toMatchObject({ intact: true, records, notYetInDigest: 0 });
    }
  });

  it('in the middle of a line has that line, as it is, in the chain', async () => {
    const trail = await opened();
    await trail.write(2);
    await trail.killed();
    appendFileSync(join(trail.dir, TODAY), '{"eventVersion":"1.1');
    expect(await trail.verify()).toMatchObject({ intact: true });
    await trail.open();
    await trail.write(3);
    await trail.close();
    expect(await trail.verify()).toMatchObject({ intact: true, records: 6, recovered: 3 });
  });

  it('is vouched for up to its last checkpoint', async () => {
    const trail = await opened({ maxRecords: 1000 });
    await trail.write(3);
    await checkpointed(trail, 3);
    await trail.write(1);
    await trail.killed();
    const file = join(trail.dir, TODAY);
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    writeFileSync(file, `${lines.toSpliced(1, 1).join('\n')}\n`);
    const removed = {
      kind: 'record-removed',
      file: TODAY,
      line: 1,
      digest: 2,
      record: 2,
      records: 1,
    };
    expect((await trail.verify()).problems).toEqual([removed]);
    await trail.open();
    await trail.close();
    expect((await trail.verify()).problems).toContainEqual(removed);
  });

  it('believes no checkpoint that it did not write', async () => {
    const trail = await opened({ maxRecords: 1000 });
    await trail.write(3);
    await checkpointed(trail, 3);
    await trail.killed();
    const path = openFile(trail);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"records":3', '"records":2'));
    await trail.open();
    await trail.close();
    expect(await trail.verify()).toMatchObject({ intact: true, records: 3, recovered: 3 });
  });

  it('takes up nothing that was put behind the records of one that was stopped', async () => {
    const trail = await opened();
    await trail.write(2);
    await trail.close();
    appendFileSync(join(trail.dir, TODAY), '{"forged":true}\n');
    const inserted = [expect.objectContaining({ kind: 'record-inserted', file: TODAY, line: 3 })];
    expect((await trail.verify()).problems).toEqual(inserted);
    await trail.open();
    await trail.write(1);
    await trail.close();
    expect(await trail.verify()).toMatchObject({ problems: inserted, records: 3 });
  });

  it('finds a file that was cut while it was away', async () => {
    const trail = await opened();
    await trail.write(5);
    await checkpointed(trail, 5);
    await trail.killed();
    truncateSync(join(trail.dir, TODAY), 100);
    await trail.open();
    await trail.write(1);
    await trail.close();
    const kinds = (await trail.verify()).problems.map(({ kind }) => kind);
    expect(kinds).toContain('record-removed');
  });
});

it('a trail is verified while it is written, and records that stand twice are counted', async () => {
  const trail = await opened({ maxRecords: 50, maxFileBytes: 30_000 });
  const writing = trail.write(300);
  let looks = 0;
  for (let done = false; !done; looks += 1) {
    done = await Promise.race([writing.then(() => true), trail.verify().then(expectIntact)]);
  }
  expect(looks).toBeGreaterThan(1);
  const last = readFileSync(join(trail.dir, TODAY), 'utf8').split('\n')[0] ?? '';
  await trail.trail.appendLines(`${last}\n`);
  await trail.close();
  const { records, repeated, files } = await trail.verify();
  expect({ records, repeated }).toEqual({ records: 301, repeated: 1 });
  expect(files).toBeGreaterThan(5);
});

const expectIntact = ({ problems }: { readonly problems: readonly object[] }) => {
  expect(problems).toEqual([]);
  return false;
};

it('a file that was replaced while in use is told, although no record is lost', async () => {
  const trail = await opened();
  await trail.write(2);
  const file = join(trail.dir, TODAY);
  const content = readFileSync(file);
  rmSync(file);
  writeFileSync(file, content, { mode: 0o600 });
  await trail.write(1);
  await trail.close();
  const { problems, records } = await trail.verify();
  expect({ problems: problems.map(({ kind }) => kind), records }).toEqual({
    problems: ['file-truncated'],
    records: 3,
  });
});

describe('what is kept', () => {
  const files = ({ dir }: ChainedTrail) =>
    readdirSync(dir).filter((name) => name.includes('jsonl'));

  /** Looks once a minute, when its digest is signed once more. */
  async function aMinuteLater(trail: ChainedTrail, until: () => boolean): Promise<void> {
    await eventually('what the settings ask for', async () => {
      trail.now += 60_000;
      return until();
    });
  }

  it('is compressed when nobody writes it any more, and verified all the same', async () => {
    const trail = await opened({ keeping: { compress: true } });
    await trail.write(5);
    trail.now += DAY_MS;
    await trail.write(5);
    await aMinuteLater(
      trail,
      () => files(trail).includes(`${TODAY}.gz`) && !files(trail).includes(TODAY),
    );
    const lines = gunzipSync(readFileSync(join(trail.dir, `${TODAY}.gz`))).toString();
    expect(lines.split('\n')).toHaveLength(6);
    expect(statSync(join(trail.dir, `${TODAY}.gz`)).mode & 0o777).toBe(0o600);
    await trail.close();
    expect(await trail.verify()).toMatchObject({ intact: true, records: 10 });
    // The clock is set back to a day whose file is compressed: another is begun.
    trail.now = Date.parse('2026-03-02T12:00:00Z');
    await trail.open();
    await trail.write(1);
    await trail.close();
    expect(existsSync(join(trail.dir, '2026-03-02.1.jsonl'))).toBe(true);
    expect(await trail.verify()).toMatchObject({ intact: true, records: 11 });
  });

  it('is removed by age when a digest has said so, and its hashes go with it', async () => {
    const trail = await opened({ keeping: { keepDays: 1 } });
    await trail.write(5);
    trail.now += 3 * DAY_MS;
    await trail.write(5);
    await aMinuteLater(trail, () => !files(trail).includes(TODAY));
    await trail.close();
    const found = await trail.verify();
    expect(found).toMatchObject({ intact: true, records: 5, removedByRetention: [TODAY] });
    const read = statements(trail);
    const saying = read.findIndex(({ statement }) => statement?.removed?.includes(TODAY));
    expect(read[saying]?.signature).toBeDefined();
    expect(read[1]?.leaves).toBeUndefined();
    // What isn't said by a digest is missing.
    rmSync(join(trail.dir, files(trail)[0] ?? ''));
    expect((await trail.verify()).problems).toMatchObject([{ kind: 'file-removed' }]);
  });

  it('is removed by size, the oldest first, never what is in use', async () => {
    const trail = await opened({ maxFileBytes: 5000, keeping: { keepBytes: 8000 } });
    await trail.write(20);
    const before = files(trail).length;
    const bytes = () =>
      files(trail).reduce((sum, name) => sum + statSync(join(trail.dir, name)).size, 0);
    await aMinuteLater(trail, () => bytes() <= 8000);
    expect(files(trail).length).toBeLessThan(before);
    await trail.close();
    expect(await trail.verify()).toMatchObject({ intact: true });
  });
});

it('a trail that is older than its chain is told apart from it', async () => {
  made = new ChainedTrail();
  await made.open();
  await made.write(3);
  await made.close();
  rmSync(join(made.dir, 'digests'), { recursive: true });
  made.head = undefined;
  await made.open();
  await made.write(2);
  await made.close();
  expect(await made.verify()).toMatchObject({ intact: true, records: 2, beforeChain: 3 });
});

it('any run of writes, kills, stops and days is intact, and has every record', async () => {
  const step = fc.oneof(
    fc.record({ write: fc.integer({ min: 1, max: 9 }) }),
    fc.constantFrom('kill', 'stop', 'day', 'day before'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const trail = await opened({ maxRecords: 5, maxFileBytes: 6000 });
      let records = 0;
      for (const each of steps) {
        if (typeof each === 'object') {
          await trail.write(each.write);
          records += each.write;
        } else if (each === 'kill' || each === 'stop') {
          await (each === 'kill' ? trail.killed() : trail.close());
          await trail.open();
        } else {
          trail.now += each === 'day' ? DAY_MS : -DAY_MS;
        }
      }
      await trail.close();
      expect(await trail.verify()).toMatchObject({ problems: [], records });
      await trail.dispose();
    }),
    { numRuns: 25 },
  );
});
