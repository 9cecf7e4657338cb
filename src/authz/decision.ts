/** What was decided, and by what. */
import type { StatementRef } from './policy-source.js';

/** Names as AWS's refusals spell them (shared reference, errors.md §7). */
export type PolicyType =
  | 'identity-based policy'
  | 'resource-based policy'
  | 'permissions boundary'
  | 'session policy';

export interface Denial {
  readonly allowed: false;
  /** An explicit deny; else nothing allowed it. */
  readonly explicit: boolean;
  /** The one policy type that the refusal names. */
  readonly policyType: PolicyType;
  /** The Deny that decided; empty for an implicit denial. */
  readonly statements: readonly StatementRef[];
}

export interface Approval {
  readonly allowed: true;
  /** The Allow statements that decided together: for delegation the key policy's and the identity policy's. */
  readonly statements: readonly StatementRef[];
  /** The grant that decided instead. */
  readonly grantId?: string;
  /** The root user where nothing but being root was needed (operations without a key). */
  readonly root?: true;
}

export type Decision = Approval | Denial;
