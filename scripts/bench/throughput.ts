/** Encrypt, Decrypt and GenerateDataKey through the whole server, beside the raw PKCS#11 loop. */

import {
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import type { BenchServer } from './bench-server.js';
import { type Latencies, latencies } from './latencies.js';
import { rawLoop } from './raw-loop.js';
import type { RawLoopResult, RawOperation } from './raw-loop-messages.js';
import type { KmsCall } from './signed-requests.js';
import { DEFAULT_SESSIONS } from './sizes.js';

const PLAINTEXT_BYTES = 32;
/** What the server authenticates besides: the ciphertext's header and an empty context. */
const AAD_BYTES = 57;
const FIRST_CONNECTIONS = 16;

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
  readonly prepare: (keyId: string, client: KMSClient) => Promise<KmsCall>;
}

const CASES: readonly Case[] = [
  { operation: 'Encrypt', raw: 'encrypt', prepare: async (keyId) => encryptCall(keyId) },
  {
    operation: 'Decrypt',
    raw: 'decrypt',
    prepare: async (keyId, client) => {
      const { CiphertextBlob } = await client.send(encryptCommand(keyId));
      return (signer) => signer.send(new DecryptCommand({ CiphertextBlob }));
    },
  },
  {
    operation: 'GenerateDataKey',
    raw: 'encrypt',
    prepare: async (KeyId) => (signer) =>
      signer.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
  },
];

function encryptCommand(KeyId: string): EncryptCommand {
  return new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(PLAINTEXT_BYTES, 1) });
}

/** Encrypt of 32 octets. */
export function encryptCall(keyId: string): KmsCall {
  return (client) => client.send(encryptCommand(keyId));
}

/** The raw loop with one session, and with as many as the server has. */
export async function measureRaw(bench: BenchServer): Promise<RawRow[]> {
  const rows: RawRow[] = [];
  for (const operation of ['encrypt', 'decrypt'] as const) {
    for (const sessions of [1, DEFAULT_SESSIONS]) {
      rows.push({ operation, sessions, ...(await measureRawRow(bench, operation, sessions)) });
    }
  }
  return rows;
}

export function measureRawRow(
  { rawToken, tokenKeyId: keyId, sizes: { window } }: BenchServer,
  operation: RawOperation,
  sessions: number,
): Promise<RawLoopResult> {
  const octets = { plaintextBytes: PLAINTEXT_BYTES, aadBytes: AAD_BYTES };
  return rawLoop({ ...rawToken, ...octets, keyId, ...window, operation, sessions });
}

/** Every case with software and token keys, at each number of connections. */
export async function measureThroughput(
  bench: BenchServer,
  raw: readonly RawRow[],
): Promise<ThroughputRow[]> {
  const keyIds = { software: bench.softwareKeyId, token: bench.tokenKeyId };
  const { window, connections: allConnections, distinctRequests, firstWarmUpMs } = bench.sizes;
  const first = { connections: FIRST_CONNECTIONS, warmUpMs: 0, measureMs: firstWarmUpMs };
  const rows: ThroughputRow[] = [];
  for (const keys of ['software', 'token'] as const) {
    await bench.measure([encryptCall(keyIds[keys])], first);
    for (const { operation, raw: rawOperation, prepare } of CASES) {
      const calls: KmsCall[] = [];
      while (calls.length < distinctRequests) {
        calls.push(await prepare(keyIds[keys], bench.client));
      }
      const yardstick = raw.find((row) => row.operation === rawOperation && row.sessions > 1);
      for (const connections of allConnections) {
        const served = await bench.measure(calls, { connections, ...window });
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
