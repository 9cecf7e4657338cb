/** RSA pairs that are made once a run: see preload.cjs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Holds the directory of the pairs. The workers of the tests inherit it. */
const READY_PAIRS = 'READY_PAIRS';

const PRELOAD = fileURLToPath(new URL('./preload.cjs', import.meta.url));

/** Vitest's global set-up. */
export async function setup(): Promise<void> {
  process.env[READY_PAIRS] = await mkdtemp(join(tmpdir(), 'strongroom-pairs-'));
}

export async function teardown(): Promise<void> {
  const dir = process.env[READY_PAIRS];
  if (dir !== undefined) await rm(dir, { recursive: true, force: true });
}

/** What a server's process needs to use them: nothing where there is no run, as in the bench. */
export function withReadyPairs({ freshPairs }: { readonly freshPairs?: true }): {
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const dir = process.env[READY_PAIRS];
  if (dir === undefined || freshPairs) return { execArgv: [], env: {} };
  return {
    execArgv: ['--require', PRELOAD],
    // A stock is filled in idle time, and a run has none: all its servers together made primes for a minute.
    env: { [READY_PAIRS]: dir, STRONGROOM_LIMITS_KEY_PAIR_STOCK: '0' },
  };
}
