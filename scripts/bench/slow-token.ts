/** What the server makes of a token that takes its time, as a network HSM does. */
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import type { BenchServer } from './bench-server.js';
import { latencies, median } from './latencies.js';
import type { KmsCall } from './signed-requests.js';
import { encryptCall, measureRawRow } from './throughput.js';

const CONNECTIONS = 64;

/** With 8 sessions and 64 clients each Encrypt hangs for 2 s: within the request's time-out. */
const HANGING_DELAY = 250_000;
const HANGING_CLIENTS = 64;
const DESCRIBE_CONNECTIONS = 4;

export interface SlowTokenRow {
  readonly sessions: number;
  readonly delayMs: number;
  readonly rawPerSecond: number;
  readonly servedPerSecond: number;
  readonly servedToRaw: number;
  /** Microseconds of CPU a request. */
  readonly serverCpu: number;
  readonly tokenHostCpu: number;
}

/** Encrypt with a token key at each delay, beside the raw loop with the same sessions and delay. */
export async function measureSlowToken(bench: BenchServer): Promise<SlowTokenRow[]> {
  const { sessions: allSessions, delays } = bench.sizes.slowToken;
  const rows: SlowTokenRow[] = [];
  for (const sessions of allSessions) {
    await bench.restartWith(sessions);
    for (const delay of delays) {
      await bench.faults.set(`delay C_Encrypt ${delay}`);
      rows.push(await measureDelay(bench, sessions, delay));
    }
    await bench.faults.clear();
  }
  return rows;
}

async function measureDelay(
  bench: BenchServer,
  sessions: number,
  delay: number,
): Promise<SlowTokenRow> {
  const raw = await measureRawRow(bench, 'encrypt', sessions);
  const served = await bench.measure([encryptCall(bench.tokenKeyId)], {
    connections: CONNECTIONS,
    ...bench.sizes.slowToken.window,
  });
  const servedPerSecond = served.requests / served.seconds;
  return {
    sessions,
    delayMs: delay / 1000,
    rawPerSecond: raw.callsPerSecond,
    servedPerSecond,
    servedToRaw: servedPerSecond / raw.callsPerSecond,
    serverCpu: served.serverCpu,
    tokenHostCpu: served.tokenHostCpu,
  };
}

export interface HangingTokenResult {
  /** Milliseconds; the middle of several rounds. */
  readonly idleP99: number;
  readonly besideP99: number;
  readonly ratio: number;
  readonly hangingCalls: number;
}

/** DescribeKey of a token key, alone and while Encrypt calls hang in its token, by turns. */
export async function measureHangingToken(bench: BenchServer): Promise<HangingTokenResult> {
  const idle: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < bench.sizes.hangingToken.rounds; round += 1) {
    idle.push(await describeP99(bench));
    await bench.faults.set(`delay C_Encrypt ${HANGING_DELAY}`);
    const hanging = await bench.load([encryptCall(bench.tokenKeyId)], HANGING_CLIENTS);
    beside.push(await describeP99(bench));
    await bench.faults.clear();
    await hanging.stop();
    hanging.take();
  }
  const [idleP99, besideP99] = [median(idle), median(beside)];
  return { idleP99, besideP99, ratio: besideP99 / idleP99, hangingCalls: HANGING_CLIENTS };
}

async function describeP99(bench: BenchServer): Promise<number> {
  const command = new DescribeKeyCommand({ KeyId: bench.tokenKeyId });
  const describe: KmsCall = (client) => client.send(command);
  const order = { connections: DESCRIBE_CONNECTIONS, ...bench.sizes.hangingToken.window };
  return latencies((await bench.measure([describe], order)).latencies).p99;
}
