/** A trail that somebody has changed: every kind of change is found, and where it was made. */
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/audit/reading/problem.js';
import { verifyTrail } from '../../src/audit/reading/verify.js';
import { ChainedTrail } from './chained-trail.js';

const [FIRST, SECOND] = ['2026-03-02.jsonl', '2026-03-03.jsonl'] as const;

/** Ten records, five a day: digests 2 and 4 have four each, 3 and 5, of the stops, one. */
const made = new ChainedTrail();
let ids: string[];
/** The trail as it was after its first five records, its server stopped. */
let older: string;

beforeAll(async () => {
  await made.open();
  ids = await made.write(5);
  await made.close();
  older = join(made.parent, 'older');
  cpSync(made.dir, older, { recursive: true });
  await made.open();
  made.now += 86_400_000;
  ids.push(...(await made.write(5)));
  await made.close();
});
afterAll(() => made.dispose());

interface Copy {
  readonly dir: string;
  lines(file: string, change: (lines: string[]) => string[]): void;
  digest(sequence: number): string;
}

let copies = 0;
function copy(): Copy {
  copies += 1;
  const dir = join(made.parent, `copy-${copies}`);
  cpSync(made.dir, dir, { recursive: true });
  return {
    dir,
    lines(file, change) {
      const path = join(dir, file);
      const lines = change(readFileSync(path, 'utf8').split('\n').slice(0, -1));
      writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
    },
    digest: (sequence) => join(dir, 'digests', `${String(sequence).padStart(10, '0')}.jsonl`),
  };
}

const verified = (dir: string, options = {}) => made.verify({ dir, ...options });

const swap = (lines: string[], one: number, other: number) =>
  lines.map((line, index) => lines[index === one ? other : index === other ? one : index] ?? line);

const forged = (line = '') => line.replace('Encrypt', 'Decrypt');

it('is intact as it was written', async () => {
  expect(await verified(made.dir)).toMatchObject({
    ...{ intact: true, problems: [], files: 2, records: 10, notYetInDigest: 0, unsigned: 0 },
    ...{ digests: 5, lastDigest: { sequence: 5 } },
  });
});

type Row = [what: string, change: (copy: Copy) => void, problems: (Partial<Problem> | object)[]];

describe('a trail of which', () => {
  const rows: Row[] = [
    [
      'an octet of a record was changed',
      ({ lines }) => lines(FIRST, (all) => all.with(2, forged(all[2]))),
      [{ kind: 'record-edited', file: FIRST, line: 3, digest: 2, record: 3 }],
    ],
    [
      'the first record was removed',
      ({ lines }) => lines(FIRST, (all) => all.slice(1)),
      [{ kind: 'record-removed', file: FIRST, line: 0, digest: 2, record: 1, records: 1 }],
    ],
    [
      'records in the middle were removed',
      ({ lines }) => lines(FIRST, (all) => all.toSpliced(1, 2)),
      [{ kind: 'record-removed', file: FIRST, line: 1, digest: 2, record: 2, records: 2 }],
    ],
    [
      'the last record was removed',
      ({ lines }) => lines(SECOND, (all) => all.slice(0, -1)),
      [{ kind: 'file-truncated', file: SECOND, line: 4, digest: 5, record: 1, records: 1 }],
    ],
    [
      'two records were swapped',
      ({ lines }) => lines(FIRST, (all) => swap(all, 1, 2)),
      [{ kind: 'record-moved', file: FIRST, line: 3, digest: 2, record: 2 }],
    ],
    [
      'a record went to another file',
      (each) => {
        let moved = '';
        each.lines(FIRST, (all) => {
          moved = all[1] ?? '';
          return all.toSpliced(1, 1);
        });
        each.lines(SECOND, (all) => all.toSpliced(2, 0, moved));
      },
      [{ kind: 'record-moved', file: SECOND, line: 3, digest: 2, record: 2 }],
    ],
    [
      'a record stands twice',
      ({ lines }) => lines(SECOND, (all) => all.toSpliced(1, 0, all[0] ?? '')),
      [{ kind: 'record-inserted', file: SECOND, line: 2, records: 1 }],
    ],
    [
      'records were put between',
      ({ lines }) => lines(FIRST, (all) => all.toSpliced(1, 0, forged(all[0]), forged(all[1]))),
      [{ kind: 'record-inserted', file: FIRST, line: 2, lastLine: 3, records: 2 }],
    ],
    [
      'a record was put behind the last',
      ({ lines }) => lines(SECOND, (all) => [...all, forged(all[0])]),
      [{ kind: 'record-inserted', file: SECOND, line: 6, records: 1 }],
    ],
    [
      'a file was cut within a line',
      ({ dir }) => {
        const path = join(dir, SECOND);
        writeFileSync(path, readFileSync(path).subarray(0, -30));
      },
      [{ kind: 'record-edited', file: SECOND, line: 5, digest: 5, record: 1 }],
    ],
    [
      'a file was emptied',
      ({ dir }) => writeFileSync(join(dir, SECOND), ''),
      [{ kind: 'file-truncated', file: SECOND, line: 0, digest: 4, record: 1, records: 5 }],
    ],
    [
      'a file was removed',
      ({ dir }) => rmSync(join(dir, FIRST)),
      [{ kind: 'file-removed', file: FIRST, digest: 2, records: 5 }],
    ],
    [
      'a file was made',
      ({ dir }) => cpSync(join(dir, FIRST), join(dir, '2026-03-01.jsonl')),
      [{ kind: 'file-inserted', file: '2026-03-01.jsonl' }],
    ],
    [
      'files were exchanged',
      ({ dir }) => {
        renameSync(join(dir, FIRST), join(dir, 'kept'));
        renameSync(join(dir, SECOND), join(dir, FIRST));
        renameSync(join(dir, 'kept'), join(dir, SECOND));
      },
      [...Array.from({ length: 10 }, () => ({ kind: 'record-moved' }))],
    ],
    [
      'a compressed file is not whole',
      ({ dir }) => {
        rmSync(join(dir, FIRST));
        writeFileSync(join(dir, `${FIRST}.gz`), 'no gzip');
      },
      [{ kind: 'file-damaged', file: FIRST }],
    ],
    [
      'a digest was removed',
      ({ digest }) => rmSync(digest(2)),
      [
        { kind: 'digest-removed', digest: 2 },
        { kind: 'records-unproven', file: FIRST, line: 1, lastLine: 4, records: 4 },
      ],
    ],
    [
      'a digest says another thing than was signed',
      ({ digest }) => {
        const content = readFileSync(digest(2), 'utf8');
        writeFileSync(digest(2), content.replace('"end":"full"', '"end":"time"'));
      },
      [
        { kind: 'digest-edited', digest: 2 },
        { kind: 'records-unproven', file: FIRST, line: 1, lastLine: 4, records: 4 },
      ],
    ],
    [
      'a digest names other records',
      ({ digest }) => {
        const content = readFileSync(digest(2), 'utf8');
        const other = Buffer.alloc(4 * 32).toString('base64');
        writeFileSync(digest(2), content.replace(/"records":"[^"]*"/, `"records":"${other}"`));
      },
      [
        { kind: 'digest-edited', digest: 2 },
        { kind: 'records-unproven', file: FIRST, line: 1, lastLine: 4, records: 4 },
      ],
    ],
    [
      'a digest lost its signature',
      ({ digest }) => {
        const content = readFileSync(digest(2), 'utf8');
        writeFileSync(digest(2), content.replace(/^.*"signature".*\n/m, ''));
      },
      [{ kind: 'digest-unsigned', digest: 2 }],
    ],
    [
      'a digest took the place of another',
      ({ digest }) => cpSync(digest(4), digest(2)),
      [
        { kind: 'digest-edited', digest: 2 },
        { kind: 'records-unproven', file: FIRST, line: 1, lastLine: 4, records: 4 },
      ],
    ],
    [
      'the end was cut off, with its digests',
      ({ dir, digest }) => {
        rmSync(join(dir, SECOND));
        for (const sequence of [4, 5]) rmSync(digest(sequence));
      },
      [{ kind: 'trail-older', digest: 5 }],
    ],
    [
      'an older copy took its place',
      ({ dir }) => {
        rmSync(dir, { recursive: true });
        cpSync(older, dir, { recursive: true });
      },
      [{ kind: 'trail-older', digest: 5 }],
    ],
  ];
  it.each(rows)('%s', async (_, change, problems) => {
    const each = copy();
    change(each);
    const found = await verified(each.dir);
    expect({ intact: found.intact, problems: found.problems }).toEqual({
      intact: false,
      problems: problems.map((problem) => expect.objectContaining(problem)),
    });
  });

  it('the end was cut off: nobody can tell it without the database', async () => {
    const each = copy();
    rmSync(each.dir, { recursive: true });
    cpSync(older, each.dir, { recursive: true });
    expect(await verified(each.dir, { head: undefined })).toMatchObject({ intact: true });
  });

  it('a digest is signed by a key that is not known', async () => {
    const found = await verified(made.dir, { keys: new Map() });
    expect(found.problems.filter(({ kind }) => kind === 'digest-unknown-key')).toHaveLength(5);
    expect(found).toMatchObject({ intact: false, records: 0 });
  });
});

it('names the record that was changed, and the one that was put there', async () => {
  const each = copy();
  each.lines(FIRST, (all) => all.with(2, forged(all[2])));
  const [problem] = (await verified(each.dir)).problems;
  expect(problem).toMatchObject({ eventID: ids[2], eventName: 'Decrypt' });
});

it('looks at a time only, when asked', async () => {
  const each = copy();
  each.lines(FIRST, (all) => all.slice(1));
  const to = Date.parse('2026-03-03T00:00:00Z');
  expect(await verified(each.dir, { from: to })).toMatchObject({ intact: true, records: 5 });
  expect(await verified(each.dir, { to: to - 1 })).toMatchObject({ intact: false });
});

it('finds any change of lines, and none where there is none', async () => {
  const text = new Map(
    [FIRST, SECOND].map((file) => [file, readFileSync(join(made.dir, file), 'utf8')]),
  );
  const all = [...text.values()].flatMap((content) => content.split('\n').slice(0, -1));
  const lines = fc.array(fc.oneof(fc.constantFrom(...all), fc.string({ maxLength: 5 })));
  const { dir } = copy();
  const edit = fc.record({ at: fc.nat({ max: 5 }), drop: fc.nat({ max: 5 }), put: lines });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(FIRST, SECOND), edit, async (file, { at, drop, put }) => {
      const before = text.get(file)?.split('\n').slice(0, -1) ?? [];
      const after = before.toSpliced(at, drop, ...put.map((line) => line.replaceAll('\n', ' ')));
      writeFileSync(join(dir, file), after.map((line) => `${line}\n`).join(''));
      const { intact } = await verified(dir);
      writeFileSync(join(dir, file), text.get(file) ?? '');
      expect(intact).toBe(after.join('\n') === before.join('\n'));
    }),
    { numRuns: 60 },
  );
});

it('leaves nothing behind in the trail', async () => {
  const before = readdirSync(made.dir, { recursive: true });
  await verifyTrail({ dir: made.dir, keys: new Map(), head: undefined });
  expect(readdirSync(made.dir, { recursive: true })).toEqual(before);
});
