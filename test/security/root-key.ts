import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { locationAad, materialLocation, parseSealed } from '../../src/kernel/sealing.js';
import { TokenClient } from '../../src/token-host/client/client.js';
import { databaseFile, query } from '../support/database-file.js';
import { SOFTHSM_MODULE } from '../support/softhsm-token.js';
import type { Strongroom } from '../support/strongroom.js';
import { TOKEN_HOST_ENTRY } from '../support/token-bench.js';

const TIMEOUT_MS = 20_000;
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * The octets of every software key of a server, as only the holder of the root token and its PIN
 * can have them.
 */
export async function openedMaterials(strongroom: Strongroom): Promise<Buffer[]> {
  const { dataDir, dir } = strongroom;
  const file = databaseFile(strongroom);
  const [binding] = await query(file, 'SELECT cka_id FROM root_key');
  const rows = await query(
    file,
    'SELECT region, key_id, material_id, sealed FROM key_materials WHERE sealed <> ?',
    [''],
  );
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
  await client.start((await readFile(join(dataDir, 'root.pin'), 'utf8')).trim());
  try {
    const opened: Buffer[] = [];
    for (const row of rows) {
      const aad = locationAad(
        materialLocation({
          region: String(row.region),
          keyId: String(row.key_id),
          materialId: String(row.material_id),
        }),
      );
      const parts = parseSealed(row.sealed as Buffer);
      const deadline = Date.now() + TIMEOUT_MS;
      opened.push(
        await client.call('decrypt', String(binding?.cka_id), { ...parts, aad }, deadline),
      );
    }
    return opened;
  } finally {
    await client.stop();
  }
}
