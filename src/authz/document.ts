/**
 * What a policy document must be before it is stored. Source: IAM User Guide, "Grammar of the IAM JSON
 * policy language"; AWS KMS Developer Guide, "Key policies"; authorization.md §3–§6 and §11.
 */
import { DuplicateMemberError, parseUniqueJson } from '../kernel/unique-json.js';
import { isObject } from './condition.js';
import { type ConditionRules, checkConditions, checkKnown } from './document-conditions.js';
import { PolicyDocumentError, syntaxError } from './document-error.js';
import { checkNoPrincipal, checkPrincipals } from './document-principals.js';
import { checkArnResources, checkKeyResources, checkNoResource } from './document-resources.js';
import { variablesIn } from './pattern.js';

export { PolicyDocumentError } from './document-error.js';

type Statement = Readonly<Record<string, unknown>>;

interface Grammar {
  readonly principals: (statement: Statement, partition: string) => void;
  readonly resources: (statement: Statement, partition: string) => void;
  /** IAM's statements have plain Sids; a key policy's may have spaces. */
  readonly sid: RegExp;
  readonly actions: RegExp;
  readonly conditions: Omit<ConditionRules, 'variables'>;
}

const ANY_ACTION = /^(\*|[a-z0-9-]+:[a-z0-9*?]+)$/i;
const PLAIN_SID = /^[a-z0-9]*$/i;

const NO_PRINCIPAL = 'Policy contains a statement with no principal.';

const IDENTITY: Grammar = {
  principals: checkNoPrincipal,
  resources: (statement, partition) =>
    checkArnResources(statement, { partition, incomplete: true }),
  sid: PLAIN_SID,
  actions: ANY_ACTION,
  conditions: { values: 'readable', overlyPermissive: 'taken', keys: 'known' },
};

const GRAMMARS = {
  key: {
    principals: (statement, partition) =>
      checkPrincipals(statement, {
        partition,
        notPrincipal: true,
        missing: NO_PRINCIPAL,
      }),
    resources: checkKeyResources,
    sid: /^.*$/s,
    actions: ANY_ACTION,
    conditions: { values: 'readable', overlyPermissive: 'refused', keys: 'known' },
  },
  identity: IDENTITY,
  session: {
    ...IDENTITY,
    resources: (statement, partition) =>
      checkArnResources(statement, { partition, incomplete: false }),
    conditions: { values: 'any', overlyPermissive: 'taken', keys: 'known' },
  },
  /** Any service's, of a simulation. */
  resource: {
    principals: (statement, partition) =>
      checkPrincipals(statement, { partition, notPrincipal: true, missing: NO_PRINCIPAL }),
    resources: () => {},
    sid: /^.*$/s,
    actions: ANY_ACTION,
    conditions: { values: 'any', overlyPermissive: 'taken', keys: 'any' },
  },
  /** Of a policy that is only tried out, values may be unreadable, and keys are whatever the trial gives. */
  simulated: { ...IDENTITY, conditions: { values: 'any', overlyPermissive: 'taken', keys: 'any' } },
  trust: {
    principals: (statement, partition) =>
      checkPrincipals(statement, {
        partition,
        notPrincipal: false,
        missing: 'Missing required field Principal',
      }),
    resources: checkNoResource,
    sid: PLAIN_SID,
    actions: /^sts:[a-z*?]+$/i,
    conditions: { values: 'readable', overlyPermissive: 'taken', keys: 'known' },
  },
} as const satisfies Record<string, Grammar>;

/** `identity` stands for boundaries and managed policies, too. */
export type DocumentKind = keyof typeof GRAMMARS;

const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17'];
const MEMBERS: ReadonlySet<string> = new Set(['Version', 'Id', 'Statement']);
const STATEMENT_MEMBERS: ReadonlySet<string> = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
const MAX_DEPTH = 16;

/**
 * Checks a document of this kind that is to be stored, or used, in this partition.
 * @throws PolicyDocumentError
 */
export function checkPolicyDocument(kind: DocumentKind, text: string, partition: string): void {
  const grammar = GRAMMARS[kind];
  const document = parse(text);
  if (!isObject(document)) throw new PolicyDocumentError('Policy must be a JSON object.');
  if (document.Version !== undefined && !VERSIONS.includes(document.Version)) {
    throw new PolicyDocumentError('Policy has an invalid version.');
  }
  if (Object.keys(document).some((member) => !MEMBERS.has(member))) throw syntaxError();
  if (document.Id !== undefined && typeof document.Id !== 'string') throw syntaxError();
  const statements: unknown[] = [document.Statement].flat();
  if (document.Statement === undefined || statements.length === 0) {
    throw new PolicyDocumentError('Policy must contain a statement.');
  }
  const variables = document.Version === VERSIONS[0];
  const sids = new Set<string>();
  for (const statement of statements) {
    const sid = checkStatement(statement, grammar, { partition, variables });
    if (sid !== undefined && sids.has(sid)) {
      throw new PolicyDocumentError('Statement IDs (SID) in a single policy must be unique.');
    }
    if (sid) sids.add(sid);
  }
}

function checkStatement(
  statement: unknown,
  grammar: Grammar,
  { partition, variables }: { readonly partition: string; readonly variables: boolean },
): string | undefined {
  if (!isObject(statement)) throw new PolicyDocumentError('Policy contains an invalid statement.');
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
    throw new PolicyDocumentError('Policy contains a statement with an invalid effect.');
  }
  if (Object.keys(statement).some((member) => !STATEMENT_MEMBERS.has(member))) throw syntaxError();
  for (const name of ['Principal', 'Action', 'Resource']) {
    if (statement[name] !== undefined && statement[`Not${name}`] !== undefined) throw syntaxError();
  }
  grammar.principals(statement, partition);
  checkActions(statement.Action ?? statement.NotAction, grammar.actions);
  grammar.resources(statement, partition);
  checkConditions(statement.Condition, { ...grammar.conditions, variables });
  if (variables && grammar.conditions.keys === 'known') checkVariables(statement);
  const { Sid: sid } = statement;
  if (sid === undefined) return undefined;
  if (typeof sid !== 'string' || !grammar.sid.test(sid)) {
    throw new PolicyDocumentError('Policy contains a statement with an invalid Sid.');
  }
  return sid;
}

/** Of elements that are well-formed. */
function checkVariables({ Resource, NotResource, Condition = {} }: Statement): void {
  const compared = Object.values(Condition as object).flatMap((keys) => Object.values(keys));
  for (const value of [Resource, NotResource, compared].flat(2)) {
    if (typeof value === 'string') variablesIn(value).forEach(checkKnown);
  }
}

function checkActions(given: unknown, possible: RegExp): void {
  const actions: unknown[] = given === undefined ? [] : [given].flat();
  if (actions.length === 0) throw new PolicyDocumentError('Policy statement must contain actions.');
  for (const action of actions) {
    if (typeof action !== 'string') throw syntaxError();
    if (possible.test(action)) continue;
    throw new PolicyDocumentError(
      action.includes(':') || action === '*'
        ? 'Policy contains a statement with one or more invalid actions.'
        : 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    );
  }
}

function parse(text: string): unknown {
  let value: unknown;
  try {
    value = parseUniqueJson(text);
  } catch (error) {
    if (error instanceof DuplicateMemberError) throw syntaxError(`${error.message}.`);
    throw new PolicyDocumentError('Policy contains invalid JSON.');
  }
  if (!isShallow(value)) throw syntaxError();
  return value;
}

/** No element of a policy nests as deep; looked at level by level, so that depth costs no stack. */
function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return false;
    level = level.flatMap((entry) =>
      typeof entry === 'object' && entry !== null ? Object.values(entry) : [],
    );
  }
  return true;
}
