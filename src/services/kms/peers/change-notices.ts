/** Change notices: other servers get to know what has changed on related multi-Region keys. */

import type { WallClock } from '../../../kernel/time.js';
import type { Log } from '../../../observe/log.js';
import type { Job } from '../../../runtime/scheduler.js';
import { isPrimary, type Key } from '../keys/key.js';
import type { KeyRepository } from '../keys/key-repository.js';
import type { ChangeNotice, PeerRepository } from './peer-repository.js';
import type { Peers } from './peers.js';

const BATCH = 100;
const TIMEOUT_MS = 8000;

export interface ChangeNoticePorts {
  readonly keys: Pick<KeyRepository, 'find'>;
  readonly peers: Pick<Peers, 'synchronize' | 'tellRemoved'>;
  /** Of this server. */
  readonly regions: readonly string[];
  readonly log: Log;
  readonly repository: Pick<PeerRepository, 'notices' | 'delivered'>;
  readonly wallClock: WallClock;
}

/** Delivers every notice that waits; one that fails waits for the next time. */
export function changeNoticeJob(ports: ChangeNoticePorts): Job {
  const { repository, log } = ports;
  return {
    name: 'change notices to peers',
    run: async () => {
      for (const notice of await repository.notices(BATCH)) {
        try {
          await deliver(notice, ports);
          await repository.delivered(notice);
        } catch (error) {
          const { region, keyId } = notice;
          log.warn({ err: error, region, keyId }, 'a change notice reached no peer; will retry');
        }
      }
    },
  };
}

async function deliver(notice: ChangeNotice, ports: ChangeNoticePorts): Promise<void> {
  const { peers, wallClock } = ports;
  const deadline = wallClock() + TIMEOUT_MS;
  if (notice.removedRegion !== undefined) {
    await peers.tellRemoved(notice, deadline);
    return;
  }
  const primary = await ownPrimary(notice, ports);
  // Gone meanwhile, or no longer this server's to speak of.
  if (!primary?.multiRegion?.replicaRegions.includes(notice.region)) return;
  await peers.synchronize(primary, notice.region, deadline);
}

async function ownPrimary(
  notice: ChangeNotice,
  { keys, regions }: ChangeNoticePorts,
): Promise<Key | undefined> {
  for (const region of regions) {
    const key = await keys.find(region, notice.keyId);
    if (key && key.accountId === notice.accountId && isPrimary(key)) return key;
  }
  return undefined;
}
