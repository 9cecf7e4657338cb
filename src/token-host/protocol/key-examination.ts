/** Keys that are made to see what a token keeps of them, and are destroyed in the same call. */
import { type KeyOrder, keyOrder } from './key-order.js';
import { anyByName, oneOf, record, type Shape, text, truth } from './shapes.js';

export interface ExaminationOrder {
  readonly label: string;
  readonly order: KeyOrder;
  /** Some of `Quirks`, instead of what the token's profile and settings say. */
  readonly quirks: Readonly<Record<string, unknown>>;
}

/** What the token said of the key. */
export interface Examination {
  /** Whether CKA_LABEL and CKA_ID are what was written. */
  readonly keepsLabel: boolean;
  readonly keepsCkaId: boolean;
  /** CKA_SENSITIVE is true, and CKA_EXTRACTABLE false. */
  readonly guarded: boolean;
  /** Whether C_GetAttributeValue gives out the key itself. What it gives is read by nobody. */
  readonly value: 'hidden' | 'readable';
}

export const examinationOrder: Shape<ExaminationOrder> = record({
  label: text,
  order: keyOrder,
  quirks: anyByName,
});

export const examination: Shape<Examination> = record({
  keepsLabel: truth,
  keepsCkaId: truth,
  guarded: truth,
  value: oneOf('hidden', 'readable'),
});

/** Sessions that could be opened beside those that are open, until there were no more or enough. */
export interface OpenedSessions {
  readonly opened: number;
  /** The return code of the one that could not be opened. */
  readonly code: string | undefined;
}

/** A host opens no more than these for a trial. */
export const MOST_TRIED_SESSIONS = 128;
