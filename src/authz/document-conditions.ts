/** The Condition element before it is stored. Source: recorded-iam.md §2; authorization.md §6. */
import { areStorable, isObject, readOperator } from './condition.js';
import { PolicyDocumentError, syntaxError } from './document-error.js';
import { hasSource } from './known-keys.js';

export interface ConditionRules {
  /**
   * Whether a value must be one of its operator's. AWS takes any in a session policy, but for
   * BinaryEquals.
   */
  readonly values: 'readable' | 'any';
  /** Refuses ForAllValues on single-valued keys of which a request may lack all. */
  readonly overlyPermissive: 'refused' | 'taken';
  /** Whether keys of kms:, iam:, sts: and aws: must have a source in this server. */
  readonly keys: 'known' | 'any';
  readonly variables: boolean;
}

const CONDITION_KEY = /^[a-z0-9._-]+(:.+|\/.*:[a-z]+)$/i;
const OVERLY_PERMISSIVE = /^(kms:encryptioncontext:|aws:requesttag\/)/i;

/** @throws PolicyDocumentError */
export function checkConditions(block: unknown, rules: ConditionRules): void {
  if (block === undefined) return;
  if (!isObject(block)) throw syntaxError();
  checkNames(block);
  for (const [written, keys] of Object.entries(block)) {
    const operator = readOperator(written);
    if (!operator) {
      throw new PolicyDocumentError(`Invalid Condition type : ${written.slice(0, 128)}.`);
    }
    if (!isObject(keys)) throw syntaxError();
    checkNames(keys);
    for (const [key, values] of Object.entries(keys)) {
      if (!CONDITION_KEY.test(key)) {
        throw new PolicyDocumentError(
          'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
        );
      }
      if (rules.keys === 'known') checkKnown(key);
      if (![values].flat().every(isScalar)) throw syntaxError();
      const free = rules.values === 'any' && operator.name !== 'binaryequals';
      if (!free && !areStorable(written, values, rules.variables)) {
        throw new PolicyDocumentError('The policy failed legacy parsing');
      }
      const permissive = operator.set === 'all' && OVERLY_PERMISSIVE.test(key);
      if (permissive && rules.overlyPermissive === 'refused') {
        throw new PolicyDocumentError(
          `OverlyPermissiveCondition: ForAllValues must not be used with the single-valued condition key ${key.slice(0, 256)}.`,
        );
      }
    }
  }
}

/** @throws PolicyDocumentError naming a key, of a condition or a variable, that no request can have */
export function checkKnown(key: string): void {
  if (hasSource(key)) return;
  throw new PolicyDocumentError(
    `Policy contains a condition key that has no value on this server: ${key.slice(0, 256)}.`,
  );
}

/** Operators and condition keys ignore case: two that differ by it only are one written twice. */
function checkNames(element: Readonly<Record<string, unknown>>): void {
  const names = Object.keys(element).map((name) => name.toLowerCase());
  if (new Set(names).size < names.length) {
    throw syntaxError('A condition has two members of the same name.');
  }
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
