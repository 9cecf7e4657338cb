import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditRecord, buildRecord } from '../../src/audit/record.js';
import { AuditTrail, AuditTrailError, type AuditTrailOptions } from '../../src/audit/trail.js';
import { formatFileName, listTrailFiles, parseFileName } from '../../src/audit/trail-files.js';
import { LockedError } from '../../src/db/exclusive-lock.js';
import { sampleFacts } from './sample-facts.js';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-03-02T23:00:00Z');

let parent: string;
let dir: string;
let now: number;
let logged: [level: string, message: string][];
let trail: AuditTrail | undefined;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'strongroom-audit-'));
  dir = join(parent, 'data', 'audit');
  now = START;
  logged = [];
});

afterEach(async () => {
  await trail?.close();
  trail = undefined;
  rmSync(parent, { recursive: true, force: true });
});

async function open(change: Partial<AuditTrailOptions> = {}): Promise<AuditTrail> {
  const note = (level: string) => (_facts: object, message: string) => {
    logged.push([level, message]);
  };
  const log = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
  };
  trail = await AuditTrail.open({ dir, maxFileBytes: 1e8, now: () => now, log, ...change });
  return trail;
}

function record(requestId: string): AuditRecord {
  return buildRecord({ ...sampleFacts, requestId });
}

function lines(name = '2026-03-02.jsonl'): string[] {
  const text = readFileSync(join(dir, name), 'utf8');
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text.split('\n').slice(0, -1);
}

function requestIds(name?: string): (string | undefined)[] {
  return lines(name).map((line) => (JSON.parse(line) as AuditRecord).requestID);
}

function trailFiles(): string[] {
  return readdirSync(dir).filter((name) => name.endsWith('.jsonl'));
}

describe('an audit trail', () => {
  it('has each record in its file, in order, when the append resolves', async () => {
    const { append, close } = bound(await open());
    await append(record('1'));
    expect(requestIds()).toEqual(['1']);
    await Promise.all([append(record('2')), append(record('3'))]);
    expect(requestIds()).toEqual(['1', '2', '3']);
    await close();
    expect(JSON.parse(lines()[0] ?? '')).toEqual(record('1'));
  });

  it.each([false, true])('round-trips any records as one line each (fsync %s)', async (fsync) => {
    const { append } = bound(await open({ fsync }));
    const expected: unknown[] = [];
    const text = fc.string({ unit: 'binary' });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, fc.dictionary(text, text))), async (entries) => {
        const records = entries.map(([userAgent, requestParameters]) =>
          buildRecord({ ...sampleFacts, userAgent, requestParameters }),
        );
        expected.push(...records.map((entry) => JSON.parse(JSON.stringify(entry)) as unknown));
        await Promise.all(records.map(append));
      }),
      { numRuns: 30 },
    );
    expect(lines().map((line) => JSON.parse(line) as unknown)).toEqual(expected);
    expect(lines().join('')).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
  });

  it('has nothing raw that a terminal obeys', async () => {
    const { append } = bound(await open());
    const userAgent = 'a\u009b31m\u0085\u007f\u2028\u2029b\u001b';
    await append(buildRecord({ ...sampleFacts, userAgent }));
    const [line = ''] = lines();
    expect(line).toContain('a\\u009b31m\\u0085\\u007f\\u2028\\u2029b\\u001b');
    expect(JSON.parse(line)).toMatchObject({ userAgent });
  });

  it('is for its owner alone', async () => {
    await open();
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(parent, 'data')).mode & 0o777).toBe(0o700);
    expect(statSync(join(dir, '2026-03-02.jsonl')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, '.appender')).mode & 0o777).toBe(0o600);
  });

  it('writes what is queued before it closes, and nothing after', async () => {
    const { append, close } = bound(await open());
    const appended = append(record('1'));
    await close();
    await appended;
    await expect(append(record('2'))).rejects.toThrow(AuditTrailError);
    await close();
    expect(requestIds()).toEqual(['1']);
    expect(readdirSync(dir).filter((name) => name !== '.appender')).toEqual(['2026-03-02.jsonl']);
  });

  it('goes on in the same file after a restart', async () => {
    for (const id of ['1', '2']) {
      const { append, close } = bound(await open());
      await append(record(id));
      await close();
    }
    expect(requestIds()).toEqual(['1', '2']);
    expect(logged).toEqual([]);
  });

  it('rejects a record that JSON cannot hold, alone', async () => {
    const { append } = bound(await open());
    const bad = { ...record('bad'), requestParameters: { count: 1n } };
    const [good, refused] = await Promise.allSettled([append(record('1')), append(bad)]);
    expect([good.status, refused.status]).toEqual(['fulfilled', 'rejected']);
    expect(requestIds()).toEqual(['1']);
  });

  it('refuses what the queue has no room for, and keeps what it took', async () => {
    const { append } = bound(await open());
    const large = (id: string) => ({
      ...record(id),
      requestParameters: { policy: 'p'.repeat(200_000) },
    });
    const kept: number[] = [];
    for (let flood = 0; flood < 2; flood += 1) {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 200 }, (_, index) => append(large(`${index}`))),
      );
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refused.length).toBeGreaterThan(0);
      for (const { reason } of refused) expect(reason).toBeInstanceOf(AuditTrailError);
      kept.push(200 - refused.length);
    }
    expect(kept[0]).toBe(kept[1]);
    expect(requestIds()).toHaveLength(2 * (kept[0] ?? 0));
  });
});

describe('a new file', () => {
  it('begins with the UTC day, and an earlier day’s file is taken up again', async () => {
    const { append } = bound(await open());
    await append(record('1'));
    now += DAY_MS;
    await append(record('2'));
    now -= DAY_MS;
    await append(record('3'));
    expect(trailFiles()).toEqual(['2026-03-02.jsonl', '2026-03-03.jsonl']);
    expect(requestIds()).toEqual(['1', '3']);
    expect(requestIds('2026-03-03.jsonl')).toEqual(['2']);
  });

  it('begins before the size is exceeded, also after a restart', async () => {
    const bytes = Buffer.byteLength(`${JSON.stringify(record('00'))}\n`);
    for (const ids of [['00', '01', '02'], ['03', '04'], ['05']]) {
      const { append, close } = bound(await open({ maxFileBytes: 2 * bytes }));
      for (const id of ids) await append(record(id));
      await close();
    }
    expect(requestIds()).toEqual(['00', '01']);
    expect(requestIds('2026-03-02.1.jsonl')).toEqual(['02', '03']);
    expect(requestIds('2026-03-02.2.jsonl')).toEqual(['04', '05']);
  });

  it('has a name that sorts by day and number', async () => {
    mkdirSync(dir, { recursive: true });
    for (const part of [10, 2, 0]) {
      writeFileSync(join(dir, formatFileName({ day: '2026-03-02', part })), '');
    }
    writeFileSync(join(dir, '2026-02-28.1.jsonl'), '');
    writeFileSync(join(dir, 'notes.jsonl'), '');
    expect((await listTrailFiles(dir)).map(formatFileName)).toEqual([
      '2026-02-28.1.jsonl',
      '2026-03-02.jsonl',
      '2026-03-02.2.jsonl',
      '2026-03-02.10.jsonl',
    ]);
    for (const name of ['2026-03-02.0.jsonl', '2026-03-02.01.jsonl', '2026-3-2.jsonl', 'x']) {
      expect(parseFileName(name)).toBeUndefined();
    }
  });
});

describe('a line that a crash cut short', () => {
  it.each([
    ['of today', '2026-03-02.jsonl'],
    ['of an earlier day', '2026-02-27.3.jsonl'],
  ])('%s is ended and reported, and no record joins it', async (_, name) => {
    mkdirSync(dir, { recursive: true });
    const whole = JSON.stringify(record('1'));
    writeFileSync(join(dir, name), `${whole}\n${whole.slice(0, 99)}`, { mode: 0o600 });
    const { append } = bound(await open());
    await append(record('2'));
    expect(lines(name).slice(0, 2)).toEqual([whole, whole.slice(0, 99)]);
    expect(JSON.parse(lines().at(-1) ?? '')).toEqual(record('2'));
    expect(logged).toEqual([['warn', 'an audit file ended within a line']]);
  });
});

describe('a disk that fails', () => {
  it('that is full rejects every append of the write, then works again', async () => {
    const { append } = bound(await open());
    const today = join(dir, '2026-03-02.jsonl');
    await append(record('1'));
    now += DAY_MS;
    const full = join(dir, '2026-03-03.jsonl');
    symlinkSync('/dev/full', full);
    for (let round = 0; round < 2; round += 1) {
      const outcomes = await Promise.allSettled([append(record('2')), append(record('3'))]);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    }
    unlinkSync(full);
    await append(record('4'));
    expect(requestIds('2026-03-03.jsonl')).toEqual(['4']);
    expect(readFileSync(today, 'utf8').split('\n')).toHaveLength(2);
    expect(logged).toEqual([
      ['error', 'the audit trail cannot be written'],
      ['info', 'the audit trail can be written again'],
    ]);
  });

  it('that has no room for a whole write keeps no part of it', async () => {
    const module = join(import.meta.dirname, '../../dist/src/audit/trail.js');
    const child = join(import.meta.dirname, 'full-disk-child.mjs');
    // A file size limit of 4 KiB makes the kernel take part of a write, as a full disk does.
    const script = 'ulimit -f 4 && exec "$@"';
    const run = spawn('bash', ['-c', script, 'bash', process.execPath, child, module, dir]);
    let output = '';
    run.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    expect(await once(run, 'close')).toEqual([0, null]);
    const { written, rejected } = JSON.parse(output) as { written: string[]; rejected: number };
    expect(rejected).toBeGreaterThan(0);
    expect(written.length).toBeGreaterThan(0);
    expect(lines().map((line) => (JSON.parse(line) as { requestID: string }).requestID)).toEqual(
      written,
    );
  });

  it('whose directory is gone rejects, and works when it is back', async () => {
    const { append } = bound(await open());
    await append(record('1'));
    rmSync(dir, { recursive: true });
    await expect(append(record('2'))).rejects.toThrow('ENOENT');
    mkdirSync(dir);
    await append(record('3'));
    expect(requestIds()).toEqual(['3']);
  });

  it.each([
    ['removed', (file: string) => unlinkSync(file)],
    ['moved away', (file: string) => renameSync(file, `${file}.old`)],
    ['replaced', (file: string) => renameSync(writtenFile(`${file}.new`), file)],
  ])('whose file is %s has the very next record in a new one', async (_, change) => {
    const { append } = bound(await open());
    await append(record('1'));
    change(join(dir, '2026-03-02.jsonl'));
    await append(record('2'));
    expect(requestIds()).toEqual(['2']);
    expect(logged).toEqual([['error', 'an audit file was removed while in use']]);
  });

  it('stops the start when it cannot be written at all, and lets go of the directory', async () => {
    mkdirSync(join(dir, '2026-03-02.jsonl'), { recursive: true });
    await expect(open()).rejects.toThrow('EISDIR');
    rmSync(join(dir, '2026-03-02.jsonl'), { recursive: true });
    await bound(await open()).append(record('1'));
  });
});

describe('the one appender', () => {
  it('keeps a second one out until it closes', async () => {
    const { close } = bound(await open());
    await expect(open()).rejects.toThrow(LockedError);
    await close();
    await open();
  });

  it('is forgotten when its process dies, however it dies', async () => {
    mkdirSync(dir, { recursive: true });
    const lockModule = resolve('dist/src/db/exclusive-lock.js');
    const script = `const { ExclusiveLock } = await import(${JSON.stringify(lockModule)});
      await ExclusiveLock.acquire(${JSON.stringify(join(dir, '.appender'))}, 0);
      console.log('held');
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '--eval', script]);
    await once(holder.stdout, 'data');
    await expect(open()).rejects.toThrow(LockedError);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await open();
  });
});

function writtenFile(path: string): string {
  writeFileSync(path, '', { mode: 0o600 });
  return path;
}

function bound(opened: AuditTrail) {
  return {
    append: (entry: AuditRecord) => opened.append(entry),
    close: () => opened.close(),
  };
}
