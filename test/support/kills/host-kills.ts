import { hostOf } from '../processes.js';
import type { Strongroom } from '../strongroom.js';
import { Load } from './load.js';
import type { RandomMoments } from './random-moments.js';

const CALLERS = 8;

/** The longest time from a host's first answer under load to its end. */
const LIFE_MS = 100;

export interface HostKills {
  readonly errors: readonly unknown[];
  readonly answers: number;
  /** How many different processes were killed. */
  readonly killed: number;
}

/**
 * SIGKILLs the hosts of a token one after the other, each at a random moment while eight callers use
 * its keys, and none of them repeats a call.
 */
export async function killHosts(
  { strongroom, moments }: { strongroom: Strongroom; moments: RandomMoments },
  { tokenId, use, times }: { tokenId: string; use: () => Promise<void>; times: number },
): Promise<HostKills> {
  const killed = new Set<number>();
  const load = new Load(CALLERS, use);
  let last: number | undefined;
  while (killed.size < times && load.errors.length === 0) {
    last = await hostOf(strongroom, tokenId, last);
    // Every caller has had an answer of this host, bar those of the last one's that came late.
    await load.answered(2 * CALLERS);
    await moments.pass(LIFE_MS);
    process.kill(last, 'SIGKILL');
    killed.add(last);
  }
  await load.answered(2 * CALLERS);
  await load.stop();
  return { errors: load.errors, answers: load.answers, killed: killed.size };
}
