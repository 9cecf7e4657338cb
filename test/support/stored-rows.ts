import { join } from 'node:path';
import { openDatabase } from '../../src/db/database.js';
import { eventually } from './eventually.js';
import type { Strongroom } from './strongroom.js';

/**
 * How many rows every table of a server's database has, by table; once the server has the lease of its
 * jobs, which it takes by itself soon after its start.
 */
export async function storedRows({ dataDir }: Strongroom): Promise<Record<string, number>> {
  const database = await openDatabase({ url: `sqlite:${join(dataDir, 'strongroom.sqlite')}` });
  try {
    await eventually('the lease of the jobs', () => database('leases').first());
    // A record's row goes once the trail has the record.
    await eventually('an empty outbox', async () => !(await database('audit_outbox').first()));
    const tables = await database('sqlite_master').where({ type: 'table' }).select('name');
    const counts: Record<string, number> = {};
    for (const { name } of tables) {
      const row = await database(name).count({ total: '*' }).first();
      counts[name] = Number(row?.total);
    }
    return counts;
  } finally {
    await database.destroy();
  }
}
