/** The records of one call: committed with what it changes, and in the trail before it is answered. */
import { witnessed } from '../db/witness.js';
import type { AuditOutbox } from './outbox.js';
import type { AuditRecord } from './record.js';
import type { AuditTrail } from './trail.js';

export interface EvidenceOptions {
  readonly trail: Pick<AuditTrail, 'append'>;
  readonly outbox: Pick<AuditOutbox, 'put' | 'settle' | 'keep'>;
  readonly requestId: string;
  /** As far as the call has come. */
  readonly records: () => AuditRecord[];
}

export class Evidence {
  readonly #options: EvidenceOptions;
  /** Something was committed, and the records with it. */
  #committed = false;
  #ended = false;

  constructor(options: EvidenceOptions) {
    this.#options = options;
  }

  /** Runs a part of the call that may change something: what it commits, it commits with the records. */
  during(part: () => void | Promise<void>): Promise<void> {
    const { outbox, requestId, records } = this.#options;
    return witnessed(
      async (transaction) => {
        // What goes on after the answer is no longer the call's.
        if (this.#ended) return;
        await outbox.put(transaction, requestId, records());
        this.#committed = true;
      },
      async () => part(),
    );
  }

  /**
   * Ends the call: writes its records to the trail.
   * @throws the trail's error; what was committed with the call's changes gets there later then
   */
  async write(): Promise<AuditRecord[]> {
    const { trail, outbox, requestId } = this.#options;
    this.#ended = true;
    const records = this.#options.records();
    try {
      await trail.append(...records);
    } catch (error) {
      if (this.#committed) await outbox.keep(requestId, records);
      throw error;
    }
    if (this.#committed) outbox.settle(requestId);
    return records;
  }
}
