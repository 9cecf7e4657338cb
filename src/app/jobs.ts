import type { AuditTrail } from '../audit/trail.js';
import type { Config } from '../config/config.js';
import type { Database } from '../db/database.js';
import type { Owner } from '../db/node-identity.js';

import type { Log } from '../observe/log.js';
import { LeaseRepository } from '../runtime/lease-repository.js';
import { Scheduler } from '../runtime/scheduler.js';
import { deliveryJob, pruningJob, recordingJob } from '../services/kms/events/event-jobs.js';
import { Webhook } from '../services/kms/events/webhook.js';
import { DueKeys } from '../services/kms/keys/due-keys.js';
import { keyLifeJobs } from '../services/kms/life/key-life.js';
import { peerNewsJob } from '../services/kms/peers/peer-news.js';
import type { PeerRepository } from '../services/kms/peers/peer-repository.js';
import type { Services } from '../services/kms/services.js';

/** How often what is due is looked for, and events to deliver. */
const JOB_INTERVAL_MS = 5000;
const DELIVERY_INTERVAL_MS = 1000;

export interface JobParts {
  readonly services: Services;
  readonly trail: AuditTrail;
  readonly database: Database;
  readonly peerRepository: PeerRepository;
  readonly owner: Owner;
  readonly config: Config;
  readonly log: Log;
  readonly now: () => number;
}

/** What runs by itself: the lives of keys, and each webhook apart, so that a slow one holds up nobody. */
export function makeJobs(parts: JobParts) {
  const { services, trail, database, peerRepository, owner, config, log, now } = parts;
  const leases = new LeaseRepository({ database, holder: owner.nodeId, wallClock: now });
  const { events, connections } = services;
  const webhooks = Object.entries(config.webhooks).map(
    ([name, url]) =>
      new Webhook({
        name,
        url,
        secret: Buffer.from(config.webhookSecret?.reveal() ?? ''),
        wallClock: now,
      }),
  );
  const options = { events, trail, wallClock: now, jitter: Math.random, log };
  const keyLife = new Scheduler({
    name: 'key-life',
    jobs: [
      ...keyLifeJobs({
        ...{ services, events, connections, wallClock: now },
        dueKeys: new DueKeys(database),
      }),
      recordingJob(options),
      pruningJob(options),
    ],
    leases,
    intervalMs: JOB_INTERVAL_MS,
    log,
  });
  const deliveries = webhooks.map(
    (webhook) =>
      new Scheduler({
        name: `webhook-${webhook.name}`,
        jobs: [deliveryJob(webhook, options)],
        leases,
        intervalMs: DELIVERY_INTERVAL_MS,
        log,
      }),
  );
  const news = peerNewsJob({ services, repository: peerRepository, wallClock: now });
  const peerNews = new Scheduler({
    ...{ name: 'peer-news', jobs: [news], leases, intervalMs: DELIVERY_INTERVAL_MS, log },
  });
  // Without peers there is nobody to tell.
  const toPeers = Object.keys(config.peers).length > 0 ? [peerNews] : [];
  return { keyLife, all: [keyLife, ...toPeers, ...deliveries] };
}
