/** What is to be decided. */
import type { Principal } from './principal.js';

/** One value or, of a multi-valued key, several. */
export type ConditionValue = string | readonly string[];

/** What an operation's input says to conditions of policies. */
export interface RequestMembers {
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined;
  /** The operation's own condition keys, by lower-case name. */
  readonly members?: Readonly<Record<string, ConditionValue | undefined>>;
  /** `aws:RequestTag` and `aws:TagKeys`. */
  readonly tags?: ReadonlyMap<string, string> | undefined;
  readonly tagKeys?: readonly string[] | undefined;
}

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
