/**
 * The alarm that AWS's users build by hand: somebody still uses a key that awaits its deletion.
 * Source: AWS KMS Developer Guide, "Create an alarm that detects use of a KMS key pending deletion".
 */
import { LRUCache } from 'lru-cache';
import type { AuditRecord } from '../../../audit/record.js';
import type { Log } from '../../../observe/log.js';
import type { Key } from '../keys/key.js';
import type { EventRepository } from './event-repository.js';

/** One event a key in so many milliseconds: a caller in a loop mustn't fill the outbox. */
const QUIET_MS = 60_000;
const MAX_REMEMBERED = 10_000;

export class PendingKeyUses {
  readonly #events: EventRepository;
  readonly #log: Log;
  readonly #newId: () => string;
  readonly #quiet = new LRUCache<string, true>({ max: MAX_REMEMBERED, ttl: QUIET_MS });

  constructor(options: {
    readonly events: EventRepository;
    readonly log: Log;
    readonly newId: () => string;
  }) {
    this.#events = options.events;
    this.#log = options.log;
    this.#newId = options.newId;
  }

  /** A call was refused because this key awaits deletion. Never rejects. */
  async refused(key: Key, record: AuditRecord): Promise<void> {
    if (this.#quiet.has(key.arn)) return;
    this.#quiet.set(key.arn, true);
    try {
      await this.#events.insert([
        {
          eventId: this.#newId(),
          name: 'PendingKeyUse',
          accountId: key.accountId,
          region: key.region,
          keyArn: key.arn,
          details: { ...record },
          happenedAt: new Date(record.eventTime),
        },
      ]);
    } catch (error) {
      this.#quiet.delete(key.arn);
      this.#log.error({ err: error, key: key.arn }, 'the use of a pending key raised no event');
    }
  }
}
