/** Tells other servers what has changed on related multi-Region keys, until they have heard it. */

import type { Job } from '../../../runtime/scheduler.js';
import { isPrimary, type Key } from '../keys/key.js';
import type { Services } from '../services.js';
import type { PeerNews, PeerRepository } from './peer-repository.js';

const BATCH = 100;
const TIMEOUT_MS = 8000;

export interface PeerNewsOptions {
  readonly services: Services;
  readonly repository: PeerRepository;
  readonly wallClock: () => number;
}

export function peerNewsJob(options: PeerNewsOptions): Job {
  const { services, repository } = options;
  return {
    name: 'news for peers',
    run: async () => {
      for (const news of await repository.news(BATCH)) {
        try {
          await tell(news, options);
          await repository.heard(news);
        } catch (error) {
          const { region, keyId } = news;
          services.log.warn({ err: error, region, keyId }, 'a peer has not heard; will retry');
        }
      }
    },
  };
}

async function tell(news: PeerNews, { services, wallClock }: PeerNewsOptions): Promise<void> {
  const deadline = wallClock() + TIMEOUT_MS;
  if (news.removedRegion !== undefined) {
    await services.peers.tellRemoved(news, deadline);
    return;
  }
  const primary = await ownPrimary(news, services);
  // Gone meanwhile, or no longer this server's to tell of.
  if (!primary?.family?.replicaRegions.includes(news.region)) return;
  await services.peers.synchronize(primary, news.region, deadline);
}

async function ownPrimary(news: PeerNews, services: Services): Promise<Key | undefined> {
  for (const region of services.regions) {
    const key = await services.keys.find(region, news.keyId);
    if (key && key.accountId === news.accountId && isPrimary(key)) return key;
  }
  return undefined;
}
