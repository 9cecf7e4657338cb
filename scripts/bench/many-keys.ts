/** Whether the server's costs stay the same as its keys grow in number. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openDatabase } from '../../src/db/database.js';
import { BenchServer } from './bench-server.js';
import { median } from './latencies.js';
import { residentBytes } from './process-usage.js';
import { encryptCall } from './throughput.js';

const ROWS_PER_INSERT = 500;
const CONNECTIONS = 16;

export interface ManyKeysResult {
  readonly keys: number;
  /** Encrypt over the used keys in turn, requests a second: the middle of several rounds. */
  readonly rateOfFew: number;
  readonly rateOfMany: number;
  readonly rateLossPercent: number;
  /** By how much the server's CPU a request is more with many keys. */
  readonly cpuGrowthPercent: number;
  readonly startMilliseconds: number;
  /** Growth of the server's resident memory for each key that nobody used. */
  readonly bytesPerColdKey: number;
}

interface Round {
  readonly rate: number;
  readonly cpu: number;
}

/**
 * Compares a server with some keys and `many`, which is given very many, by turns: what else the
 * machine does disturbs both alike. Both do the same work in the same order.
 */
export async function measureManyKeys(many: BenchServer): Promise<ManyKeysResult> {
  const { keys, used, rounds } = many.sizes.manyKeys;
  const few = await BenchServer.start(many.sizes);
  try {
    const usedOfFew = await makeKeys(few);
    await few.strongroom.stop();
    await few.startServer();
    const usedOfMany = await makeKeys(many);
    await many.strongroom.stop();
    await addKeys(many, usedOfMany);
    const startMilliseconds = await many.startServer();

    const ofFew: Round[] = [];
    const ofMany: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      ofFew.push(await encryptRound(few, usedOfFew));
      ofMany.push(await encryptRound(many, usedOfMany));
    }
    const [rateOfFew, rateOfMany] = [median(ofFew.map(rateOf)), median(ofMany.map(rateOf))];
    const [cpuOfFew, cpuOfMany] = [median(ofFew.map(cpuOf)), median(ofMany.map(cpuOf))];
    const residentOfFew = await residentBytes(few.strongroom.pid);
    const residentOfMany = await residentBytes(many.strongroom.pid);
    return {
      keys,
      rateOfFew,
      rateOfMany,
      rateLossPercent: (1 - rateOfMany / rateOfFew) * 100,
      cpuGrowthPercent: (cpuOfMany / cpuOfFew - 1) * 100,
      startMilliseconds,
      bytesPerColdKey: (residentOfMany - residentOfFew) / (keys - used),
    };
  } finally {
    await few.dispose();
  }
}

const rateOf = ({ rate }: Round) => rate;
const cpuOf = ({ cpu }: Round) => cpu;

async function makeKeys(bench: BenchServer): Promise<string[]> {
  const keyIds: string[] = [];
  while (keyIds.length < bench.sizes.manyKeys.used) keyIds.push(await bench.createKey({}));
  return keyIds;
}

async function encryptRound(bench: BenchServer, keyIds: readonly string[]): Promise<Round> {
  const order = { connections: CONNECTIONS, ...bench.sizes.manyKeys.window };
  const served = await bench.measure(keyIds.map(encryptCall), order);
  return { rate: served.requests / served.seconds, cpu: served.serverCpu };
}

/**
 * Copies a key's rows under new ids until there are enough. Their sealed materials are noise, which
 * the server would refuse to open; it has no reason to.
 */
async function addKeys(bench: BenchServer, present: readonly string[]): Promise<void> {
  const url = `sqlite:${join(bench.strongroom.dataDir, 'strongroom.sqlite')}`;
  const database = await openDatabase({ url });
  try {
    const [key_id] = present;
    const key = await database('keys').where({ key_id }).first();
    const material = await database('key_materials').where({ key_id }).first();
    const keyIds = Array.from({ length: bench.sizes.manyKeys.keys - present.length }, () =>
      randomUUID(),
    );
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
  } finally {
    await database.destroy();
  }
}
