import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../src/db/database.js';
import { RowSeals } from '../../src/db/row-seals.js';
import { sealEveryRow } from '../../src/db/seal-rows.js';
import { SEALED_TABLES } from '../../src/db/sealed-tables.js';
import { materialLocation } from '../../src/kernel/sealing.js';
import { RootKeyRepository } from '../../src/keystores/root-token/root-key-repository.js';
import { RootToken } from '../../src/keystores/root-token/root-token.js';
import { TokenClient } from '../../src/token-host/client/client.js';
import { SOFTHSM_MODULE } from './softhsm-token.js';
import type { Strongroom } from './strongroom.js';
import { TOKEN_HOST_ENTRY } from './token-bench.js';

const TIMEOUT_MS = 20_000;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What only the holder of a server's database, root token and PIN can do. */
async function withRootToken<T>(
  { dataDir, dir }: Strongroom,
  work: (rootToken: RootToken, database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({ url: `sqlite:${join(dataDir, 'strongroom.sqlite')}` });
  const client = new TokenClient({
    settings: {
      id: 'thief',
      module: SOFTHSM_MODULE,
      label: 'root',
      vendor: 'softhsm',
      sessions: 1,
      callTimeoutMs: TIMEOUT_MS,
      managementTimeoutMs: TIMEOUT_MS,
      startTimeoutMs: TIMEOUT_MS,
      maxQueued: 16,
      env: { SOFTHSM2_CONF: join(dataDir, 'softhsm', 'softhsm2.conf') },
    },
    entry: TOKEN_HOST_ENTRY,
    socketDir: join(dir, 'sockets'),
    log: quiet,
  });
  const info = await client.start((await readFile(join(dataDir, 'root.pin'), 'utf8')).trim());
  try {
    const bindings = new RootKeyRepository({ database, now: Date.now });
    const invocations = { note: () => undefined };
    const rootToken = new RootToken({ client, info, bindings, invocations, now: Date.now });
    await rootToken.verify();
    return await work(rootToken, database);
  } finally {
    await client.stop();
    await database.destroy();
  }
}

/** The octets of every software key of a server. */
export function openedMaterials(strongroom: Strongroom): Promise<Buffer[]> {
  return withRootToken(strongroom, async (rootToken, database) => {
    const opened: Buffer[] = [];
    for (const row of await database('key_materials').whereNotNull('sealed')) {
      const { region, key_id: keyId, material_id: materialId } = row;
      const place = materialLocation({ region, keyId, materialId });
      opened.push(await rootToken.open(row.sealed, place, Date.now() + TIMEOUT_MS));
    }
    return opened;
  });
}

/** Seals every row as it is now: what was written past the server counts as written by it. */
export function sealRows(strongroom: Strongroom): Promise<void> {
  return withRootToken(strongroom, async (rootToken, database) => {
    const key = await rootToken.rowKey(() => Promise.reject(new Error('rows are sealed already')));
    await database.transaction((transaction) => sealEveryRow(transaction, new RowSeals(key)));
  });
}

/** The database as a server had left it that didn't seal rows yet. */
export function unsealRows(strongroom: Strongroom): Promise<void> {
  return withRootToken(strongroom, async (rootToken, database) => {
    const place = { table: 'root_key', row: '1', column: 'sealed_check' };
    const check = Buffer.from('strongroom root key');
    const sealed_check = await rootToken.seal(check, place, Date.now() + TIMEOUT_MS);
    await database('root_key').update({ sealed_check });
    for (const table of Object.keys(SEALED_TABLES)) await database(table).update({ seal: null });
  });
}
