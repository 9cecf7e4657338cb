/**
 * Whom a key's policy may let in from other accounts, known when it is stored: a caller who isn't among
 * them can be refused without a look at the key.
 */
import { accountNamed, accountOfArn } from '../kernel/arns.js';
import { isUserOrRoleId } from '../kernel/principal-ids.js';
import { parseUniqueJson } from '../kernel/unique-json.js';
import { isObject, readOperator } from './condition.js';
import type { Principal } from './model.js';

/** A policy's owner and text, and who the users and roles are that it names by ARN. */
interface Owned {
  readonly accountId: string;
  readonly policy: string;
  readonly policyPrincipals: Readonly<Record<string, string>>;
}

const EVERYBODY = '*';

/**
 * Whom the Allow statements name of other accounts than the owner's: account numbers, unique ids of
 * users and roles, `*`. Nobody whom the policy allows anything is left out, whatever else its statements
 * say; services and web identities aside, who belong to no account.
 */
export function policyAudience({ accountId, policy, policyPrincipals }: Owned): readonly string[] {
  const audience = new Set<string>();
  for (const statement of statementsOf(policy)) {
    if (!isObject(statement) || statement.Effect !== 'Allow') continue;
    for (const name of namesIn(statement.Principal)) {
      if (accountOfArn(name) === accountId) continue;
      for (const id of idsOf(name, statement.Condition, policyPrincipals)) audience.add(id);
    }
  }
  audience.delete(accountId);
  return [...audience];
}

/** What an audience must have one of to have this caller in it. */
export function audienceIds({ accountId, uniqueId }: Principal): readonly string[] {
  return [EVERYBODY, accountId, uniqueId];
}

function statementsOf(policy: string): readonly unknown[] {
  try {
    const document = parseUniqueJson(policy);
    return isObject(document) ? [document.Statement].flat() : [];
  } catch {
    // It allows nobody anything: see compilePolicy.
    return [];
  }
}

function namesIn(element: unknown): readonly string[] {
  if (element === EVERYBODY) return [EVERYBODY];
  if (!isObject(element)) return [];
  return [element.AWS].flat().filter((name) => typeof name === 'string');
}

function idsOf(
  name: string,
  condition: unknown,
  ids: Owned['policyPrincipals'],
): readonly string[] {
  if (name === EVERYBODY) return accountsAllowed(condition) ?? [EVERYBODY];
  const known = isUserOrRoleId(name) ? name : Object.hasOwn(ids, name) ? ids[name] : undefined;
  const id = accountNamed(name) ?? known;
  return id === undefined ? [] : [id];
}

const ACCOUNT = /^([0-9]{12})$/;

/** Condition keys that say whose the caller is, and where the account stands in a value of theirs. */
const ACCOUNT_IN: Readonly<Record<string, RegExp>> = {
  'kms:calleraccount': ACCOUNT,
  'aws:principalaccount': ACCOUNT,
  // A wildcard before the account would match across colons.
  'aws:principalarn': /^arn:[a-z-]+:iam::([0-9]{12}):/,
};

/** They hold for nobody whose account is another than the value's. */
const EQUALITIES: ReadonlySet<string> = new Set([
  'stringequals',
  'stringequalsignorecase',
  'stringlike',
  'arnequals',
  'arnlike',
]);

/** The accounts whose callers alone a Condition element lets through; undefined: it doesn't say. */
function accountsAllowed(condition: unknown): readonly string[] | undefined {
  if (!isObject(condition)) return undefined;
  for (const [written, keys] of Object.entries(condition)) {
    const operator = readOperator(written);
    const binds = operator && EQUALITIES.has(operator.name) && !operator.ifExists;
    if (!binds || operator.set === 'all' || !isObject(keys)) continue;
    for (const [key, values] of Object.entries(keys)) {
      const account = ACCOUNT_IN[key.toLowerCase()];
      const accounts = [values]
        .flat()
        .map((value) => (typeof value === 'string' ? account?.exec(value)?.[1] : undefined));
      if (accounts.length > 0 && accounts.every((found) => found !== undefined)) {
        return accounts;
      }
    }
  }
  return undefined;
}
