/** Tells other servers what has changed on related multi-Region keys, until they have heard it. */

import type { WallClock } from '../../../kernel/time.js';
import type { Log } from '../../../observe/log.js';
import type { Job } from '../../../runtime/scheduler.js';
import { isPrimary, type Key } from '../keys/key.js';
import type { KeyRepository } from '../keys/key-repository.js';
import type { PeerNews, PeerRepository } from './peer-repository.js';
import type { Peers } from './peers.js';

const BATCH = 100;
const TIMEOUT_MS = 8000;

export interface PeerNewsOptions {
  readonly keys: KeyRepository;
  readonly peers: Peers;
  /** Of this server. */
  readonly regions: readonly string[];
  readonly log: Log;
  readonly repository: PeerRepository;
  readonly wallClock: WallClock;
}

export function peerNewsJob(options: PeerNewsOptions): Job {
  const { repository, log } = options;
  return {
    name: 'news for peers',
    run: async () => {
      for (const news of await repository.news(BATCH)) {
        try {
          await tell(news, options);
          await repository.heard(news);
        } catch (error) {
          const { region, keyId } = news;
          log.warn({ err: error, region, keyId }, 'a peer has not heard; will retry');
        }
      }
    },
  };
}

async function tell(news: PeerNews, options: PeerNewsOptions): Promise<void> {
  const { peers, wallClock } = options;
  const deadline = wallClock() + TIMEOUT_MS;
  if (news.removedRegion !== undefined) {
    await peers.tellRemoved(news, deadline);
    return;
  }
  const primary = await ownPrimary(news, options);
  // Gone meanwhile, or no longer this server's to tell of.
  if (!primary?.family?.replicaRegions.includes(news.region)) return;
  await peers.synchronize(primary, news.region, deadline);
}

async function ownPrimary(
  news: PeerNews,
  { keys, regions }: PeerNewsOptions,
): Promise<Key | undefined> {
  for (const region of regions) {
    const key = await keys.find(region, news.keyId);
    if (key && key.accountId === news.accountId && isPrimary(key)) return key;
  }
  return undefined;
}
