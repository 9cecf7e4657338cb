/** Whether the server's costs stay the same as its keys grow in number. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { openDatabase } from '../../src/persistence/database.js';
import type { BenchServer } from './bench-server.js';
import { median } from './latencies.js';
import { residentBytes } from './process-usage.js';
import { encryptCommand } from './throughput.js';

const KEYS = 100_000;
/** Keys that are made by CreateKey and used. The others are rows that nobody opens. */
const USED_KEYS = 200;
/** Keys that are looked at once, to see what a record in the cache takes. */
const READ_KEYS = 5000;
const ROWS_PER_INSERT = 500;
const CONNECTIONS = 16;
const ROUNDS = 3;
const WINDOW = { warmUpMs: 1000, measureMs: 2000 } as const;

export interface ManyKeysResult {
  readonly keys: number;
  /** Encrypt over the used keys in turn, requests a second: the middle of several rounds. */
  readonly rateBefore: number;
  readonly rateAfter: number;
  /** (before − after) ÷ before, of the rates and of the server's CPU a request, in per cent. */
  readonly rateLossPercent: number;
  readonly cpuGrowthPercent: number;
  readonly startMilliseconds: number;
  /** Growth of the server's resident memory for each key that nobody used. */
  readonly bytesPerColdKey: number;
  /** The same for each key of which the record was read once. */
  readonly bytesPerReadKey: number;
}

/** Stops the server, adds the keys to its database, starts it again. Leaves it running. */
export async function measureManyKeys(bench: BenchServer): Promise<ManyKeysResult> {
  const used: string[] = [];
  while (used.length < USED_KEYS) used.push(await bench.createKey({}));

  // Both are measured in a server that has just started.
  await bench.strongroom.stop();
  await bench.startServer();
  const before = await encryptRounds(bench, used);
  await bench.strongroom.stop();
  const added = await addKeys(bench, used);
  const startMilliseconds = await bench.startServer();
  const after = await encryptRounds(bench, used);

  const read = added.slice(0, READ_KEYS).map((KeyId) => new DescribeKeyCommand({ KeyId }));
  for (const command of read) await bench.client.send(command);
  const residentAfterReading = await residentBytes(bench.strongroom.pid);
  return {
    keys: KEYS,
    rateBefore: before.rate,
    rateAfter: after.rate,
    rateLossPercent: ((before.rate - after.rate) / before.rate) * 100,
    cpuGrowthPercent: ((after.cpu - before.cpu) / before.cpu) * 100,
    startMilliseconds,
    bytesPerColdKey: (after.resident - before.resident) / added.length,
    bytesPerReadKey: (residentAfterReading - after.resident) / read.length,
  };
}

async function encryptRounds(bench: BenchServer, keyIds: readonly string[]) {
  const rates: number[] = [];
  const cpus: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = { connections: CONNECTIONS, ...WINDOW };
    const served = await bench.measure(keyIds.map(encryptCommand), order);
    rates.push(served.requests / served.seconds);
    cpus.push(served.serverCpu);
  }
  const resident = await residentBytes(bench.strongroom.pid);
  return { rate: median(rates), cpu: median(cpus), resident };
}

/**
 * Copies a key's rows under new ids until there are enough. Their sealed materials are noise, which
 * the server would refuse to open; it has no reason to.
 * @returns the new keys' ids.
 */
async function addKeys(bench: BenchServer, present: readonly string[]): Promise<string[]> {
  const url = `sqlite:${join(bench.strongroom.dataDir, 'strongroom.sqlite')}`;
  const database = await openDatabase({ url });
  try {
    const [key_id] = present;
    const key = await database('keys').where({ key_id }).first();
    const material = await database('key_materials').where({ key_id }).first();
    const keyIds = Array.from({ length: KEYS - present.length }, () => randomUUID());
    const materials = keyIds.map((keyId) => ({
      ...material,
      key_id: keyId,
      material_id: randomBytes(32).toString('hex'),
      sealed: randomBytes(material.sealed.length),
    }));
    const current = new Map(materials.map((row) => [row.key_id, row.material_id]));
    const keys = keyIds.map((keyId) => ({
      ...key,
      key_id: keyId,
      current_material_id: current.get(keyId),
    }));
    await database.batchInsert('keys', keys, ROWS_PER_INSERT);
    await database.batchInsert('key_materials', materials, ROWS_PER_INSERT);
    return keyIds;
  } finally {
    await database.destroy();
  }
}
