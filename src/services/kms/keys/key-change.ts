/** How a change of keys is told to the repository that makes it. */
import type { KeyEvent } from '../events/key-event.js';
import type { Key } from './key.js';

/** Which key a change is about. */
export type KeyName = Pick<Key, 'accountId' | 'region' | 'keyId'>;

/** The part of a key that an operation may change by itself, without its materials. */
export type KeyChange = Partial<
  Pick<
    Key,
    | 'description'
    | 'enabled'
    | 'status'
    | 'deletionDate'
    | 'pendingWindowInDays'
    | 'policy'
    | 'policyPrincipals'
  >
>;

/** Sees a key as it is in a transaction that gives it something, and may refuse by throwing. */
export type Decide = (fresh: Key) => void;

/** What becomes of related keys. */
export interface RelatedChange {
  /** The keys as they are to be; those of the related ones that aren't named stay as they are. */
  readonly put: readonly Key[];
  readonly events?: readonly KeyEvent[];
  /** Where other servers have related keys, when that changes. */
  readonly remoteRegions?: readonly string[];
}

/** What comes due on keys by itself. */
export type DueKind = 'rotation' | 'deletion' | 'expiry';
