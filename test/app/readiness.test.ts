/** Whether a server says that it can be used, and what it says to an operator. */
import { expect, it } from 'vitest';
import { type ReadinessPorts, readinessOf } from '../../src/app/readiness.js';
import { WriteTrouble } from '../../src/db/write-trouble.js';
import { application } from '../../src/protocols/http/application.js';
import { HttpServer } from '../../src/protocols/http/server.js';
import { describeDatabases } from '../support/database-bench.js';

const HELD = { held: true } as ReadinessPorts['changes']['lease'];
const ENDED = { held: false } as ReadinessPorts['changes']['lease'];

const ALL_WELL: ReadinessPorts = {
  changes: { lease: HELD, answered: HELD },
  writeTrouble: { code: undefined },
  trail: { usable: true },
  rootToken: { usable: true },
  rootFigures: () => ({ state: 'ready', reason: undefined }),
  tokenFigures: () => [{ tokenId: 'hsm', state: 'ready', reason: undefined }],
  connections: { unconnected: () => [] },
};
const OK = ['[+]root token ok', '[+]audit trail ok', '[+]database ok', '[+]change feed ok'];

/** @param at the line that is another */
const but = (at: number, line: string) => [...OK.with(at, line), 'readyz check failed'];
const lostToken = (state: 'absent' | 'refused', reason: string) => () => [
  { tokenId: 'hsm', state, reason },
];

it.each<[string, Partial<ReadinessPorts>, string, string[]]>([
  ['all is well', {}, 'ready', [...OK, 'readyz check passed']],
  [
    'the root token is away',
    {
      rootToken: { usable: false },
      rootFigures: () => ({ state: 'absent', reason: 'CKR_TOKEN_NOT_PRESENT' }),
    },
    'root token not usable',
    but(0, '[-]root token failed: absent (CKR_TOKEN_NOT_PRESENT)'),
  ],
  [
    'the trail cannot be written',
    { trail: { usable: false } },
    'audit trail not usable',
    but(1, '[-]audit trail failed: cannot be written; the log says why'),
  ],
  [
    'the database does not answer',
    { changes: { lease: ENDED, answered: ENDED } },
    'database not usable',
    but(2, '[-]database failed: has not answered for 5 seconds'),
  ],
  [
    'the disk of the database is full',
    { writeTrouble: { code: 'SQLITE_FULL' } },
    'database not usable',
    but(2, '[-]database failed: cannot be written (SQLITE_FULL)'),
  ],
  [
    'memory cannot follow',
    { changes: { lease: ENDED, answered: HELD } },
    'change feed not usable',
    but(
      3,
      '[-]change feed failed: what other servers have changed was not taken in; the log says why',
    ),
  ],
  [
    "a store's token is away",
    { tokenFigures: lostToken('absent', 'CKR_DEVICE_REMOVED') },
    'ready',
    [...OK, '[!]token hsm absent (CKR_DEVICE_REMOVED)', 'readyz check passed'],
  ],
  [
    'a store waits for an administrator',
    {
      connections: {
        unconnected: () => [
          { customKeyStoreId: 'cks-1', state: 'FAILED', code: 'INVALID_CREDENTIALS' },
        ],
      },
    },
    'ready',
    [...OK, '[!]custom key store cks-1 FAILED (INVALID_CREDENTIALS)', 'readyz check passed'],
  ],
  [
    "a store's token refuses",
    { tokenFigures: lostToken('refused', 'CKR_PIN_INCORRECT') },
    'ready',
    [...OK, '[!]token hsm refused (CKR_PIN_INCORRECT)', 'readyz check passed'],
  ],
])('when %s', async (_, ports, status, lines) => {
  const limits = { maxConnections: 10, headersTimeoutMs: 1000, requestTimeoutMs: 1000 };
  const audience = { metrics: 'public', docs: 'off' } as const;
  const handler = application({
    readiness: () => readinessOf({ ...ALL_WELL, ...ports }),
    pages: { services: [], metrics: undefined as never, audience, bearerToken: undefined },
    ...{ services: [], pagesElsewhere: false, peers: undefined, peerPublicKey: '' },
    ...{ bodies: undefined as never, issuers: undefined as never, log: undefined as never },
  });
  const server = new HttpServer({ host: '127.0.0.1', port: 0, ...limits }, handler);
  const address = await server.listen();
  try {
    const wanted = status === 'ready' ? 200 : 503;
    const short = await fetch(new URL('/readyz', address));
    expect([short.status, await short.json()]).toEqual([wanted, { status }]);
    const long = await fetch(new URL('/readyz?verbose', address));
    expect([long.status, await long.text()]).toEqual([wanted, `${lines.join('\n')}\n`]);
  } finally {
    await server.close();
  }
});

describeDatabases((bench) => {
  it('a database that takes nothing more is told until it does', async () => {
    const { database } = await bench.server();
    const trouble = new WriteTrouble(database);
    const pages = (count: number) => database.raw(`PRAGMA max_page_count = ${count}`);
    const write = () => database('leases').insert({ name: `${made++}`, holder, expires_at: 0 });
    const holder = 'x'.repeat(10_000);
    let made = 0;
    await pages(1);
    await expect(write()).rejects.toMatchObject({ code: 'SQLITE_FULL' });
    expect(trouble.code).toBe('SQLITE_FULL');
    await database('leases').select();
    expect(trouble.code).toBe('SQLITE_FULL');
    await pages(1_000_000);
    await write();
    expect(trouble.code).toBeUndefined();
  });
}, 'SQLite');
