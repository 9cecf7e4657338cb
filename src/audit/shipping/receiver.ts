import type { ShippedRecord } from './unsent.js';

/** Somebody who gets the trail. */
export interface Receiver {
  /** Of letters, digits and hyphens: its cursor is kept by it. */
  readonly name: string;
  /**
   * Resolves when the receiver has all of them, as far as its protocol lets anybody know.
   * @param stop ends it before
   * @throws when it is not known that it has; then all are sent again
   */
  send(records: readonly ShippedRecord[], stop: AbortSignal): Promise<void>;
}
