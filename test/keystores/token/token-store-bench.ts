import { join } from 'node:path';
import { type Database, migrate, openDatabase } from '../../../src/db/database.js';
import { RowSeals } from '../../../src/db/row-seals.js';
import { InvocationRepository } from '../../../src/keystores/invocations/invocation-repository.js';
import { Invocations } from '../../../src/keystores/invocations/invocations.js';
import type { Capabilities } from '../../../src/keystores/token/capabilities.js';
import type { ProbePace } from '../../../src/keystores/token/probe-rounds.js';
import { TokenConnection } from '../../../src/keystores/token/token-connection.js';
import { TokenObjectRepository } from '../../../src/keystores/token/token-object-repository.js';
import { WrappingKeyRepository } from '../../../src/keystores/token/wrapping-key-repository.js';
import type { Log } from '../../../src/observe/log.js';
import { Metrics } from '../../../src/observe/metrics.js';
import { TokenMetrics } from '../../../src/observe/token-metrics.js';
import type { TokenClient } from '../../../src/token-host/client/client.js';
import type { TokenSettings } from '../../../src/token-host/protocol/protocol.js';
import { ROW_KEY } from '../../support/database-bench.js';
import { eventually } from '../../support/eventually.js';
import { makeTokenBench, type TokenBench } from '../../support/token-bench.js';

export const TOKEN_ID = 'cluster-test';
export const OWNER = { accountId: '111122223333', region: 'us-east-1', keyId: 'a-key' };

export const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** What is doubtful is tried again at once; what is known isn't tried again. */
export const QUICK: ProbePace = { confirmAfterMs: 100, againMs: 600_000 };

/** Settles when everything was tried and nothing is unknown. */
export async function whenDecided(capabilities: Capabilities): Promise<void> {
  await capabilities.probeAll();
  const unknown = () =>
    [...capabilities.verdicts()].filter(([, { state }]) => state === 'unknown').length;
  await eventually('everything is decided', async () => unknown() === 0);
}

/** A token bench with a database, and one connection to the token. */
export interface TokenStoreBench {
  readonly bench: TokenBench;
  readonly database: Database;
  readonly client: TokenClient;
  readonly connection: TokenConnection;
  /** CKA_IDs that the database has in this state, those of probes left out. */
  readonly objects: (status: 'intended' | 'live' | 'doomed') => Promise<string[]>;
  readonly dispose: () => Promise<void>;
}

/** Opens a connection; `disturb` may set faults before it does. */
export async function makeTokenStoreBench(
  settings: Partial<TokenSettings> = {},
  disturb: (bench: TokenBench) => Promise<void> = async () => undefined,
): Promise<TokenStoreBench> {
  const bench = await makeTokenBench();
  const database = await openDatabase({ url: `sqlite:${join(bench.token.dir, 'database')}` });
  await migrate(database);
  const owner = { nodeId: 'node', incarnation: 'now' };
  const seals = new RowSeals(ROW_KEY);
  const objects = new TokenObjectRepository({ database, seals, owner, now: Date.now });
  const client = bench.client(settings);
  const wrappingKeys = new WrappingKeyRepository({ database, seals, now: Date.now });
  const repository = new InvocationRepository(database);
  const invocations = new Invocations({ repository, log: SILENT, now: Date.now });
  const options = {
    ...{ tokenId: TOKEN_ID, client, objects, wrappingKeys, log: SILENT, now: Date.now },
    ...{ invocations, metrics: new TokenMetrics(new Metrics(), () => []) },
    ...{ pace: QUICK, residency: 'resident' as const },
  };
  const connection = new TokenConnection(options);
  await disturb(bench);
  await connection.open(Buffer.from(bench.token.pin), () => undefined);
  return {
    bench,
    database,
    client,
    connection,
    objects: async (status) =>
      (
        await database('token_objects')
          .where({ status })
          .whereNot({ key_id: 'probe' })
          .select('cka_id')
      ).map((row) => row.cka_id),
    dispose: async () => {
      await bench.faults.clear();
      await connection.close();
      await database.destroy();
      await bench.dispose();
    },
  };
}
