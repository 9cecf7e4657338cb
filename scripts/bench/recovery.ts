/** What it costs that a token's host dies, and that a key is not in its token yet. */
import type { BenchServer } from './bench-server.js';
import { type Latencies, latencies } from './latencies.js';
import { DEFAULT_SESSIONS } from './sizes.js';
import { encryptCall } from './throughput.js';

/** Milliseconds. */
export type RecoveryResult = Latencies & { readonly kills: number };

/** From SIGKILL of a host to the answer of an Encrypt that is sent at once, over and over. */
export async function measureRecovery(bench: BenchServer): Promise<RecoveryResult> {
  const { kills } = bench.sizes.recovery;
  const encrypt = encryptCall(bench.tokenKeyId);
  const waits: number[] = [];
  await encrypt(bench.client);
  for (let kill = 0; kill < kills; kill += 1) {
    await bench.killTokenHost();
    const killedAt = performance.now();
    await encrypt(bench.client);
    waits.push(performance.now() - killedAt);
  }
  return { kills, ...latencies(waits) };
}

/** Milliseconds of an Encrypt, one at a time. */
export interface WrappedKeysResult {
  /** Of a key that is in the token for good. */
  readonly residentP50: number;
  /** Of one that was unwrapped before. */
  readonly warmP50: number;
  /** Of one that has to be unwrapped, for which another is given up. */
  readonly coldP50: number;
  readonly coldP99: number;
}

/** Leaves the server with a store of wrapped keys. */
export async function measureWrappedKeys(bench: BenchServer): Promise<WrappedKeysResult> {
  await bench.restartWith(DEFAULT_SESSIONS, { residency: 'wrapped', loadedKeys: 1 });
  const [one, other] = [
    await bench.createKey(bench.tokenPlacement),
    await bench.createKey(bench.tokenPlacement),
  ];
  const { calls } = bench.sizes.recovery;
  const measure = async (keyOf: (call: number) => string): Promise<Latencies> => {
    const waits: number[] = [];
    for (let call = 0; call < calls; call += 1) {
      const encrypt = encryptCall(keyOf(call));
      const sentAt = performance.now();
      await encrypt(bench.client);
      if (call >= calls / 10) waits.push(performance.now() - sentAt);
    }
    return latencies(waits);
  };
  const resident = await measure(() => bench.tokenKeyId);
  const warm = await measure(() => one);
  const cold = await measure((call) => (call % 2 === 0 ? one : other));
  return {
    residentP50: resident.p50,
    warmP50: warm.p50,
    coldP50: cold.p50,
    coldP99: cold.p99,
  };
}
