/** What a request says to conditions. */

/** One value; of a multi-valued key a list; or variants of one value. */
export type ConditionValue = string | readonly string[] | Variants;

/**
 * The values of a single-valued key that several entries of a request or resource meet, since their
 * names differ by case only: tags, the encryption context. Which of them is meant can't be told: an
 * Allow must hold for each, a Deny holds for any.
 */
export class Variants {
  /** At least two; none for a value that can't be looked at. */
  readonly values: readonly string[];

  constructor(values: readonly string[]) {
    this.values = values;
  }
}

/** What an operation's input says to conditions of policies. */
export interface RequestMembers {
  readonly encryptionContext?: Readonly<Record<string, string>> | undefined;
  /** The operation's own condition keys, by lower-case name. */
  readonly members?: Readonly<Record<string, ConditionValue | undefined>>;
  /** `aws:RequestTag` and `aws:TagKeys`. */
  readonly tags?: ReadonlyMap<string, string> | undefined;
  readonly tagKeys?: readonly string[] | undefined;
}

/**
 * How many steps a decision may take to compare texts: policies and requests are both written by
 * callers, and what compares them must not be the product of their sizes. A statement for which there
 * are none left can't be told.
 */
export class StepBudget {
  #left = MAX_STEPS;

  /** @returns whether there were so many left */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }
}

/** Some ten milliseconds; a thousand statements of usual size take a tenth of it. */
const MAX_STEPS = 2_000_000;

/** The request context: answers a condition key by its lower-case name, lazily. */
export interface ConditionContext {
  /** Absent: there is no bound. */
  readonly steps?: StepBudget | undefined;
  /** @param key in lower case; undefined: the key is not in this request. */
  get(key: string): ConditionValue | undefined;
}

/** The context of what has no request: actions, and patterns without variables. */
export const NOTHING: ConditionContext = { get: () => undefined };

/** Every value of a key, whatever their kind. */
export function valuesOf(value: ConditionValue | undefined): readonly string[] {
  if (value === undefined) return [];
  if (value instanceof Variants) return value.values;
  return typeof value === 'string' ? [value] : value;
}
