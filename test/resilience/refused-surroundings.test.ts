/** Starts that can't go on for what is around the server: one line that names the setting and what to do. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { databaseFile } from '../support/database-file.js';
import { type DatabaseMaker, databases } from '../support/databases.js';
import { configure } from '../support/faulty-strongroom.js';
import { refusedStart } from '../support/refused-start.js';
import { Strongroom } from '../support/strongroom.js';

let maker: DatabaseMaker;
let strongroom: Strongroom;

beforeAll(async () => {
  maker = (await databases.find(({ name }) => name === 'PostgreSQL')?.prepare()) as DatabaseMaker;
});
afterAll(() => maker.dispose());
beforeEach(async () => {
  strongroom = await Strongroom.create();
});
afterEach(() => strongroom.dispose());

/** The PostgreSQL server's address with something else in it. */
async function address(change: (url: URL) => unknown): Promise<Record<string, unknown>> {
  const url = new URL(await maker.create());
  change(url);
  return { databaseUrl: url.href };
}

const inDir = (name: string) => join(strongroom.dir, name);
const put = (path: string, text: string) => writeFile(path, text, { mode: 0o600 });

const ROWS: readonly (readonly [
  string,
  () => Promise<Record<string, unknown> | undefined>,
  RegExp,
])[] = [
  [
    'a database server that does not run',
    () => address((url) => Object.assign(url, { port: '1' })),
    /the database that databaseUrl names cannot be reached \(ENOENT\): see that it runs/,
  ],
  [
    'a database server that refuses connections',
    async () => ({ databaseUrl: 'postgres://kms:secret@127.0.0.1:1/kms' }),
    /the database that databaseUrl names cannot be reached \(ECONNREFUSED\): see that it runs/,
  ],
  [
    'a database that was not made',
    () => address((url) => Object.assign(url, { pathname: '/nowhere' })),
    /does not have the database that databaseUrl names: create it, empty \(3D000\)/,
  ],
  [
    'a file that is no database',
    async () => void (await put(databaseFile(strongroom), 'not a database, by far'.repeat(100))),
    /the database \S+strongroom\.sqlite is no SQLite database: restore it/,
  ],
  [
    'a database in a directory that is not there',
    async () => ({ databaseUrl: `sqlite:${inDir('not/there.sqlite')}` }),
    /not\/there\.sqlite: the directory is not there and cannot be made: see that the volume/,
  ],
  [
    'a data directory below a file',
    async () => {
      await put(inDir('file'), '');
      return { dataDir: inDir('file/data') };
    },
    /dataDir: \S+file\S*: a part of the path is no directory: correct the setting/,
  ],
  [
    'an audit trail below a file',
    async () => {
      await put(inDir('file'), '');
      return { audit: { dir: inDir('file/audit') } };
    },
    /audit\.dir: \S+file\S*: a part of the path is no directory: correct the setting/,
  ],
  [
    'tokens that were never made',
    async () => void (await rm(join(strongroom.dataDir, 'softhsm'), { recursive: true })),
    /has no tokens \(there is no \S+softhsm2\.conf\): run strongroom init first/,
  ],
];

it.each(ROWS)('%s', async (_what, prepare, line) => {
  const settings = await prepare();
  if (settings) await configure(strongroom, settings);
  const refused = await refusedStart(strongroom);
  expect(refused.line).toMatch(line);
  const { databaseUrl } = settings ?? {};
  if (String(databaseUrl).startsWith('postgres')) expect(refused.line).not.toContain(databaseUrl);
});
