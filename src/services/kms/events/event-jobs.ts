/** What becomes of events after they are true: the audit trail, the webhooks, in the end nothing. */

import type { AuditTrail } from '../../../audit/trail.js';
import { backOff } from '../../../kernel/back-off.js';
import { DAY_MS, HOUR_MS, type WallClock } from '../../../kernel/time.js';
import type { Log } from '../../../observe/log.js';
import type { Job } from '../../../runtime/scheduler.js';
import { eventBridgeEvent } from './event-bridge.js';
import type { Delivery, EventRepository } from './event-repository.js';
import { buildServiceRecord } from './service-record.js';
import type { Webhook } from './webhook.js';

const BATCH = 100;
const RETRIES = { firstMs: 1000, maxMs: HOUR_MS };
/** With an hour between them: a month. */
const MAX_ATTEMPTS = 750;
const PRUNE_EVERY_MS = HOUR_MS;
const KEEP_MS = 90 * DAY_MS;

interface RecordingPorts {
  readonly events: Pick<EventRepository, 'unrecorded' | 'markRecorded'>;
  readonly trail: Pick<AuditTrail, 'append'>;
}

interface PruningPorts {
  readonly events: Pick<EventRepository, 'prune'>;
  readonly wallClock: WallClock;
}

interface DeliveryPorts {
  readonly events: Pick<EventRepository, 'due' | 'delivered' | 'postpone'>;
  readonly wallClock: WallClock;
  /** Between 0 and 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Told how each attempt ended. */
  readonly attempted?: (webhook: string, outcome: 'delivered' | 'failed' | 'abandoned') => void;
}

/** Writes events that have no record yet into the audit trail, then marks them. */
export function recordingJob({ events, trail }: RecordingPorts): Job {
  return {
    name: 'recording of events',
    run: async () => {
      for (;;) {
        const unrecorded = await events.unrecorded(BATCH);
        for (const event of unrecorded) {
          const record = buildServiceRecord(event);
          // A crash between the two writes the record twice, with the same event id.
          if (record) await trail.append(record);
          await events.markRecorded(event.seq);
        }
        if (unrecorded.length < BATCH) return;
      }
    },
  };
}

/** Forgets events of 90 days ago that everybody has. */
export function pruningJob({ events, wallClock }: PruningPorts): Job {
  let prunedAt = Number.NEGATIVE_INFINITY;
  return {
    name: 'pruning of events',
    run: async () => {
      const now = wallClock();
      if (now - prunedAt < PRUNE_EVERY_MS) return;
      await events.prune(now - KEEP_MS);
      prunedAt = now;
    },
  };
}

/** Delivers to one webhook what is due, in order; one that fails doesn't stop the next. */
export function deliveryJob(webhook: Webhook, ports: DeliveryPorts): Job {
  const { events } = ports;
  return {
    name: `deliveries to ${webhook.name}`,
    run: async () => {
      for (;;) {
        const due = await events.due(webhook.name, BATCH);
        for (const delivery of due) await deliver(webhook, delivery, ports);
        if (due.length < BATCH) return;
      }
    },
  };
}

async function deliver(
  webhook: Webhook,
  { event, attempts }: Delivery,
  { events, wallClock, random, log, attempted }: DeliveryPorts,
): Promise<void> {
  const body = eventBridgeEvent(event);
  const failure = body && (await webhook.deliver(body));
  if (failure === undefined) {
    await events.delivered(webhook.name, event.seq);
    if (body) attempted?.(webhook.name, 'delivered');
    return;
  }
  const fields = { webhook: webhook.name, eventId: event.eventId, attempts: attempts + 1, failure };
  if (attempts + 1 >= MAX_ATTEMPTS) {
    log.error(fields, 'an event could not be delivered for a month and is given up');
    attempted?.(webhook.name, 'abandoned');
    await events.delivered(webhook.name, event.seq);
    return;
  }
  log.warn(fields, 'an event could not be delivered; will retry');
  attempted?.(webhook.name, 'failed');
  const wait = backOff(RETRIES, attempts, random);
  await events.postpone(webhook.name, event.seq, wallClock() + wait);
}
