/** What a request says to conditions. */

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
