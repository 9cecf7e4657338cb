import type { AuditTrail } from '../../audit/trail.js';
import type { Database } from '../../db/database.js';
import type { Owner } from '../../db/node-identity.js';
import type { WallClock } from '../../kernel/time.js';
import type { Metrics } from '../../observe/metrics.js';
import type { Calendar } from '../../runtime/calendar.js';
import { LeaseRepository } from '../../runtime/lease-repository.js';
import { type Job, Scheduler } from '../../runtime/scheduler.js';
import { SimulatedClock } from '../../runtime/simulated-clock.js';
import { deliveryJob, pruningJob, recordingJob } from '../../services/kms/events/event-jobs.js';
import type { EventRepository } from '../../services/kms/events/event-repository.js';
import { Webhook } from '../../services/kms/events/webhook.js';
import { DueKeys } from '../../services/kms/keys/due-keys.js';
import { type KeyLifePorts, keyLifeJobs, nextKeyDate } from '../../services/kms/life/key-life.js';
import {
  type ChangeNoticePorts,
  changeNoticeJob,
} from '../../services/kms/peers/change-notices.js';
import type { PeerRepository } from '../../services/kms/peers/peer-repository.js';
import type { ServerOptions } from '../options.js';

/** How often what is due is looked for, and events to deliver. */
const JOB_INTERVAL_MS = 5000;
const DELIVERY_INTERVAL_MS = 1000;

type Needs = Omit<KeyLifePorts, 'dueKeys'> &
  Omit<ChangeNoticePorts, 'repository'> &
  Pick<ServerOptions, 'config'> & {
    readonly database: Database;
    readonly owner: Owner;
    readonly events: EventRepository;
    readonly trail: AuditTrail;
    readonly peerRepository: PeerRepository;
    readonly keyDates: Calendar;
    readonly metrics: Metrics;
  };

/** What runs by itself: the lives of keys, and each webhook apart, so that a slow one holds up nobody. */
export function jobs(needs: Needs) {
  const { config, log, database, owner, trail, events, wallClock, keyDates } = needs;
  const leases = new LeaseRepository({ database, holder: owner.nodeId, wallClock });
  const dueKeys = new DueKeys(database);
  const { ran, attempted } = measured(needs.metrics, wallClock);
  const schedule = (name: string, list: readonly Job[], intervalMs: number) =>
    new Scheduler({ name, jobs: list, leases, intervalMs, log, ran });
  const options = { events, trail, wallClock, random: Math.random, log, attempted };
  const keyLife = schedule(
    'key-life',
    [...keyLifeJobs({ ...needs, dueKeys }), recordingJob(options), pruningJob(options)],
    JOB_INTERVAL_MS,
  );
  const deliveries = webhooksOf(needs).map((webhook) => {
    const job = deliveryJob(webhook, options);
    return schedule(`webhook-${webhook.name}`, [job], DELIVERY_INTERVAL_MS);
  });
  const notices = changeNoticeJob({ ...needs, repository: needs.peerRepository });
  // Without peers there is nobody to tell.
  const toPeers =
    Object.keys(config.peers).length > 0
      ? [schedule('peer-notices', [notices], DELIVERY_INTERVAL_MS)]
      : [];
  const all = [keyLife, ...toPeers, ...deliveries];
  const clock = new SimulatedClock({
    calendar: keyDates,
    nextDate: () => nextKeyDate(dueKeys),
    runJobs: () => keyLife.runNow(),
  });
  return {
    provides: { clock },
    ready: () => {
      for (const scheduler of all) scheduler.start();
    },
    stop: async () => {
      for (const scheduler of all.toReversed()) await scheduler.stop();
    },
  };
}

function measured(metrics: Metrics, wallClock: WallClock) {
  const runs = metrics.counter('strongroom_job_runs_total');
  const deliveries = metrics.counter('strongroom_webhook_deliveries_total');
  const succeeded = new Map<string, number>();
  metrics.show('strongroom_job_last_success_timestamp_seconds', () =>
    [...succeeded].map(([job, at]) => [{ job_name: job }, at / 1000] as const),
  );
  return {
    ran: (job: string, outcome: 'done' | 'failed') => {
      runs({ job_name: job, outcome }).inc();
      if (outcome === 'done') succeeded.set(job, wallClock());
    },
    attempted: (webhook: string, outcome: string) => deliveries({ webhook, outcome }).inc(),
  };
}

function webhooksOf({ config, wallClock }: Needs): Webhook[] {
  const secret = Buffer.from(config.webhookSecret?.reveal() ?? '');
  return Object.entries(config.webhooks).map(
    ([name, url]) => new Webhook({ name, url, secret, wallClock }),
  );
}
