/** What is to be decided. */
import type { Principal } from './principal.js';

/** One value or, of a multi-valued key, several. */
export type ConditionValue = string | readonly string[];

/** The request context: answers a condition key by its lower-case name, lazily. */
export interface ConditionContext {
  /** @param key in lower case; undefined: the key is not in this request. */
  get(key: string): ConditionValue | undefined;
}

export interface AuthorizationRequest {
  readonly principal: Principal;
  /** For example `kms:Encrypt`. */
  readonly action: string;
  /** An ARN, or `*` where the action has no resource. */
  readonly resource: string;
  /** Whose resource it is; the caller's own account where there is none. */
  readonly resourceAccountId: string;
  readonly context: ConditionContext;
}
