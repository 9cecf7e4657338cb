/** Encrypt, Decrypt and GenerateDataKey through the whole server, beside the raw PKCS#11 loop. */
import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { type BenchServer, SESSIONS } from './bench-server.js';
import { type Latencies, latencies } from './latencies.js';
import { type RawLoopResult, type RawOperation, rawLoop } from './raw-loop.js';
import type { Command } from './signed-requests.js';

export const PLAINTEXT_BYTES = 32;
/** What the server authenticates besides: the ciphertext's header and an empty context. */
const AAD_BYTES = 57;
const CONNECTIONS = [1, 16, 64] as const;
/** Requests that differ, so that nothing is answered from a cache that a client wouldn't meet. */
const DISTINCT_REQUESTS = 64;
const WINDOW = { warmUpMs: 1000, measureMs: 2500 } as const;

export interface RawRow extends RawLoopResult {
  readonly operation: RawOperation;
  readonly sessions: number;
}

export interface ThroughputRow extends Latencies {
  readonly operation: string;
  readonly keys: 'software' | 'token';
  readonly connections: number;
  readonly requestsPerSecond: number;
  /** Microseconds of CPU a request. */
  readonly serverCpu: number;
  readonly tokenHostCpu: number;
  /** Requests per second, divided by the calls of the raw loop with the server's sessions. */
  readonly ratioToRaw: number;
}

interface Case {
  readonly operation: string;
  readonly raw: RawOperation;
  readonly command: (keyId: string, client: KMSClient) => Promise<Command>;
}

const CASES: readonly Case[] = [
  { operation: 'Encrypt', raw: 'encrypt', command: async (keyId) => encryptCommand(keyId) },
  {
    operation: 'Decrypt',
    raw: 'decrypt',
    command: async (keyId, client) => {
      const { CiphertextBlob } = await client.send(encryptCommand(keyId));
      return new DecryptCommand({ CiphertextBlob });
    },
  },
  {
    operation: 'GenerateDataKey',
    raw: 'encrypt',
    command: async (KeyId) => new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }),
  },
];

export function encryptCommand(keyId: string): EncryptCommand {
  return new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.alloc(PLAINTEXT_BYTES, 1) });
}

/** The raw loop with one session, and with as many as the server has. */
export async function measureRaw(bench: BenchServer): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for (const operation of ['encrypt', 'decrypt'] as const) {
    for (const sessions of [1, SESSIONS]) {
      rows.push({ operation, sessions, ...(await measureRawRow(bench, operation, sessions)) });
    }
  }
  return rows;
}

export function measureRawRow(
  { rawToken }: BenchServer,
  operation: RawOperation,
  sessions: number,
): Promise<RawLoopResult> {
  const sizes = { plaintextBytes: PLAINTEXT_BYTES, aadBytes: AAD_BYTES };
  return rawLoop({ ...rawToken, ...sizes, ...WINDOW, operation, sessions });
}

/** Every case with software and token keys, at each number of connections. */
export async function measureThroughput(
  bench: BenchServer,
  raw: readonly RawRow[],
): Promise<ThroughputRow[]> {
  const keyIds = { software: bench.softwareKeyId, token: bench.tokenKeyId };
  const rows: ThroughputRow[] = [];
  for (const keys of ['software', 'token'] as const) {
    for (const { operation, raw: rawOperation, command } of CASES) {
      const commands: Command[] = [];
      while (commands.length < DISTINCT_REQUESTS) {
        commands.push(await command(keyIds[keys], bench.client));
      }
      const yardstick = raw.find((row) => row.operation === rawOperation && row.sessions > 1);
      for (const connections of CONNECTIONS) {
        const served = await bench.measure(commands, { connections, ...WINDOW });
        const requestsPerSecond = served.requests / served.seconds;
        rows.push({
          operation,
          keys,
          connections,
          requestsPerSecond,
          ...latencies(served.latencies),
          serverCpu: served.serverCpu,
          tokenHostCpu: served.tokenHostCpu,
          ratioToRaw: requestsPerSecond / (yardstick?.callsPerSecond ?? Number.NaN),
        });
      }
    }
  }
  return rows;
}
