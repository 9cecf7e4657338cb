import { existsSync } from 'node:fs';
import { open, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListKeysCommand } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeKey, roundTrip } from '../support/clients.js';
import { databaseFile, query } from '../support/database-file.js';
import { databases } from '../support/databases.js';
import { configure } from '../support/faulty-strongroom.js';
import { Pkcs11Tool } from '../support/pkcs11-tool.js';
import { refusedStart } from '../support/refused-start.js';
import { Strongroom } from '../support/strongroom.js';

let strongroom: Strongroom;
let keyId: string;

beforeEach(async () => {
  strongroom = await Strongroom.start();
  keyId = await makeKey(await strongroom.client());
  await strongroom.stop();
});
afterEach(() => strongroom.dispose());

const inData = (...names: string[]) => names.map((name) => join(strongroom.dataDir, name));
const remove = (...names: string[]) =>
  Promise.all(inData(...names).map((path) => rm(path, { recursive: true })));
const rootKeys = () => new Pkcs11Tool(strongroom, 'root').keyIds();

/** What is left of the server when its database is gone, and what the line then names. */
const LEFT: readonly (readonly [string, () => Promise<unknown>, RegExp])[] = [
  ['everything else', async () => undefined, /\/credentials is of a server that ran before/],
  ['its records', () => remove('credentials'), /\.jsonl is of a server that ran before/],
  ['its root key', () => remove('credentials', 'audit'), /has the root key of another one/],
];

describe('a database that is new beside what a lost one has left', () => {
  it.each(LEFT)('%s: one line that says what, and nothing is made', async (_what, lose, line) => {
    await lose();
    await remove('strongroom.sqlite');
    const refused = await refusedStart(strongroom);
    expect(refused.line).toMatch(line);
    expect(refused.line).toContain('databaseUrl');
    expect(refused.line).toContain('--new-database');
    expect(await rootKeys()).toHaveLength(1);
    // Again, with whatever the refused start has left.
    expect((await refusedStart(strongroom)).line).toMatch(line);
  });

  it('one whose pages were damaged is refused, and not gone on with', async () => {
    const path = databaseFile(strongroom);
    const [index] = await query(path, "SELECT rootpage FROM sqlite_master WHERE type = 'index'");
    const [size] = await query(path, 'PRAGMA page_size');
    const bytes = Number(size?.page_size);
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc(bytes, 0xa5), 0, bytes, (Number(index?.rootpage) - 1) * bytes);
    await file.close();
    const { line } = await refusedStart(strongroom);
    expect(line).toMatch(/strongroom\.sqlite is damaged: restore it from a backup/);
  });

  it('an empty file, as of a database without its WAL, is as none', async () => {
    await remove('strongroom.sqlite');
    await writeFile(databaseFile(strongroom), '', { mode: 0o600 });
    expect((await refusedStart(strongroom)).line).toMatch(/strongroom\.sqlite is new, but /);
  });

  it('a PostgreSQL database likewise, without its address in the line', async () => {
    const maker = await databases.find(({ name }) => name === 'PostgreSQL')?.prepare();
    if (!maker) throw new Error('there is no PostgreSQL');
    try {
      const databaseUrl = await maker.create();
      await configure(strongroom, { databaseUrl });
      const { line } = await refusedStart(strongroom);
      expect(line).toMatch(/the PostgreSQL database is new, but /);
      expect(line).not.toContain(databaseUrl);
    } finally {
      await maker.dispose();
    }
  });

  it('is begun with --new-database, once', async () => {
    await remove('strongroom.sqlite');
    await strongroom.start('--new-database');
    const { Keys } = await (await strongroom.client()).send(new ListKeysCommand({}));
    expect(Keys).toEqual([]);
    await strongroom.stop();
    expect(await rootKeys()).toHaveLength(2);
    await strongroom.start();
  });
});

it('a server that stopped leaves its database whole in one file', async () => {
  expect((await readdir(strongroom.dataDir)).filter((name) => name.includes('sqlite'))).toEqual([
    'strongroom.sqlite',
  ]);
  const tables = await query(databaseFile(strongroom), 'SELECT key_id FROM keys');
  expect(tables).toEqual([{ key_id: keyId }]);
  await strongroom.start();
  await roundTrip(await strongroom.client(), keyId);
});

it('a database that a newer version has changed is refused, and left as it is', async () => {
  const newer = "INSERT INTO knex_migrations (name, batch) VALUES ('9999-of-the-future', 99)";
  await query(databaseFile(strongroom), newer);
  const { line, changed } = await refusedStart(strongroom);
  expect(line).toContain('was changed by a newer Strongroom, which has 9999-of-the-future');
  expect(changed).toEqual([]);
});

it('a first start that was killed at any moment is gone on with', async () => {
  const young = await Strongroom.create();
  try {
    for (let delayMs = 50; delayMs < 1000; delayMs += 150) {
      const started = young.start().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await young.kill();
      await started;
      // Whenever the kill came: the PIN that was made here isn't taken for one that was refused.
      expect(existsSync(join(young.dataDir, 'root.refused-pin'))).toBe(false);
    }
    await young.start();
    await roundTrip(await young.client(), await makeKey(await young.client()));
  } finally {
    await young.dispose();
  }
});
