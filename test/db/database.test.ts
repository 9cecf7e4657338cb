import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Database, isAway, migrate, openDatabase } from '../../src/db/database.js';
import { migrations } from '../../src/db/migrations/index.js';
import { describeDatabases } from '../support/database-bench.js';
import { sampleKey } from '../support/sample-key.js';

const TABLES = [
  'root_key',
  'access_keys',
  'custom_key_stores',
  'keys',
  'key_materials',
  'token_objects',
  'aliases',
  'tags',
  'changes',
];

async function present(database: Database): Promise<string[]> {
  const found = await Promise.all(TABLES.map((table) => database.schema.hasTable(table)));
  return TABLES.filter((_, index) => found[index]);
}

describeDatabases((bench) => {
  describe('the schema', () => {
    it('is made, unmade and made again', async () => {
      const { database } = await bench.server({ migrated: false });
      expect(await present(database)).toStrictEqual([]);
      await migrate(database);
      expect(await present(database)).toStrictEqual(TABLES);
      await database.migrate.rollback({ migrationSource: migrations }, true);
      expect(await present(database)).toStrictEqual([]);
      await migrate(database);
      expect(await present(database)).toStrictEqual(TABLES);
    });

    it('is left as it is when it is up to date', async () => {
      const { keys, database } = await bench.server();
      await keys.insert(sampleKey(), []);
      await migrate(database);
      expect(await keys.find('us-east-1', sampleKey().keyId)).toStrictEqual(sampleKey());
    });

    it.each([
      ['aliases', { name: 'alias/a', updated_at: 0 }],
      ['tags', { tag_key: 'k', tag_value: 'v' }],
      ['key_materials', { material_id: 'm' }],
    ])('keeps rows of %s from keys that are not there', async (table, columns) => {
      const { database } = await bench.server();
      const created = table === 'tags' ? {} : { created_at: 0 };
      const owner = { account_id: '1', region: 'r', key_id: 'unknown' };
      await expect(database(table).insert({ ...owner, ...created, ...columns })).rejects.toThrow(
        /foreign key/i,
      );
    });
  });
});

describe('a SQLite file', () => {
  const SECRET = 'what was deleted is overwritten';
  let dir: string;
  let file: string;
  let database: Database;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'strongroom-sqlite-'));
    file = join(dir, 'strongroom.sqlite');
  });

  afterEach(async () => {
    await database.destroy();
    await rm(dir, { recursive: true, force: true });
  });

  it.each([
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['foreign_keys', 1],
    ['secure_delete', 1],
  ])('is opened with %s = %s', async (pragma, value) => {
    database = await openDatabase({ url: `sqlite:${file}` });
    const [row] = await database.raw(`PRAGMA ${pragma}`);
    expect(row).toStrictEqual({ [pragma]: value });
  });

  it('is changed by nothing but a migration', async () => {
    database = await openDatabase({ url: `sqlite:${file}` });
    expect(await database('sqlite_master').count({ total: '*' }).first()).toEqual({ total: 0 });
  });

  it('is for its owner only, and so are the files beside it', async () => {
    const umask = process.umask(0);
    try {
      database = await openDatabase({ url: `sqlite:${file}` });
      await migrate(database);
      for (const suffix of ['', '-wal', '-shm']) {
        expect((await stat(`${file}${suffix}`)).mode & 0o777).toBe(0o600);
      }
    } finally {
      process.umask(umask);
    }
  });

  it('is refused when others can read it', async () => {
    await writeFile(file, '');
    await chmod(file, 0o644);
    await expect(openDatabase({ url: `sqlite:${file}` })).rejects.toThrow('is open to others');
  });

  it('holds nothing of a row that was deleted', async () => {
    database = await openDatabase({ url: `sqlite:${file}` });
    await migrate(database);
    const row = { seq: 1, kind: 'key', ref: SECRET, created_at: 0 };
    await database('changes').insert(row);
    await database.raw('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(await readFile(file, 'latin1')).toContain(SECRET);
    await database('changes').delete();
    await database.raw('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(await readFile(file, 'latin1')).not.toContain(SECRET);
  });
});

it.each<[error: object, away: boolean]>([
  [{ code: 'ECONNREFUSED' }, true],
  [{ code: 'ECONNRESET' }, true],
  [{ code: '57P01' }, true],
  [{ code: '08006' }, true],
  [{ code: '53300' }, true],
  [{ message: 'Connection terminated unexpectedly' }, true],
  [{ name: 'KnexTimeoutError' }, true],
  [{ code: 'SQLITE_BUSY' }, true],
  [{ code: 'SQLITE_IOERR_WRITE' }, true],
  [{ code: 'SQLITE_FULL' }, true],
  [{ code: 'SQLITE_CONSTRAINT' }, false],
  [{ code: '23505' }, false],
  [{ code: '42P01' }, false],
  [{ code: 'ENOENT' }, false],
  [{ message: 'select 1 - Connection terminated unexpectedly' }, true],
  [{ message: 'no such thing' }, false],
])('a call that ends with %j failed since the database is away: %s', (error, away) => {
  expect(isAway(Object.assign(new Error('failed'), error))).toBe(away);
  expect(isAway(error)).toBe(false);
});
