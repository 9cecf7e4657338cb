/** The records of one call: committed with what it changes, and in the trail before it is answered. */
import { type Witness, witnessed } from '../db/witness.js';
import { deadlinePassed } from '../kernel/common-errors.js';
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
  readonly #witness: Witness;
  /** Something was committed, and the records with it. */
  #committed = false;
  /** Commits that are under way: nobody can undo them any more. */
  #committing = 0;
  #givenUp = false;
  #ended = false;

  constructor(options: EvidenceOptions) {
    this.#options = options;
    const { outbox, requestId, records } = options;
    this.#witness = {
      begins: () => this.#refuseLate(),
      commits: async (transaction) => {
        this.#refuseLate();
        // What goes on after the answer is no longer the call's.
        if (!this.#ended) {
          await outbox.put(transaction, requestId, records());
          this.#refuseLate();
          this.#committed = true;
        }
        this.#committing += 1;
      },
      ended: () => {
        this.#committing -= 1;
      },
    };
  }

  /** Runs a part of the call that may change something: what it commits, it commits with the records. */
  during(part: () => void | Promise<void>): Promise<void> {
    return witnessed(this.#witness, async () => part());
  }

  /**
   * The call's time is up: it changes nothing from here on.
   * @returns whether all is known that it has changed; false while a commit is under way
   */
  giveUp(): boolean {
    this.#givenUp = true;
    return this.#committing === 0;
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

  #refuseLate(): void {
    if (this.#givenUp) throw deadlinePassed();
  }
}
