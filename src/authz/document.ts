/**
 * What a policy document must be before it is stored. Source: IAM User Guide, "Grammar of the IAM JSON
 * policy language"; AWS KMS Developer Guide, "Key policies"; authorization.md §3–§6.
 */
import { USER_OR_ROLE_ID } from '../kernel/principal-ids.js';
import { isObject, readOperator } from './condition.js';

/** The document can't be stored; the message is AWS's text where that is known. */
export class PolicyDocumentError extends Error {
  override readonly name = 'PolicyDocumentError';
}

interface Grammar {
  readonly principal: 'required' | 'forbidden';
  readonly resource: 'required' | 'optional' | 'forbidden';
  readonly action: 'required' | 'optional';
  /** IAM's statements have plain Sids; a key policy's may have spaces. */
  readonly sid: RegExp;
  /** What an action begins with. */
  readonly vendors: RegExp;
  readonly kms: boolean;
}

const GRAMMARS = {
  key: {
    principal: 'required',
    resource: 'optional',
    action: 'optional',
    sid: /^.*$/s,
    vendors: /^(\*|[a-z0-9-]+:[a-z0-9*?]+)$/i,
    kms: true,
  },
  identity: {
    principal: 'forbidden',
    resource: 'required',
    action: 'required',
    sid: /^[a-z0-9]*$/i,
    vendors: /^(\*|[a-z0-9-]+:[a-z0-9*?]+)$/i,
    kms: false,
  },
  trust: {
    principal: 'required',
    resource: 'forbidden',
    action: 'required',
    sid: /^[a-z0-9]*$/i,
    vendors: /^(\*|sts:[a-z*?]+)$/i,
    kms: false,
  },
} as const satisfies Record<string, Grammar>;

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
const PRINCIPAL_KINDS: ReadonlySet<string> = new Set([
  'AWS',
  'Service',
  'Federated',
  'CanonicalUser',
]);
const MAX_DEPTH = 16;
const CONDITION_KEY = /^[a-z0-9._-]+(:.+|\/.*:[a-z]+)$/i;
const OVERLY_PERMISSIVE = /^(kms:encryptioncontext:|aws:requesttag\/)/i;

/** @throws PolicyDocumentError */
export function checkKeyPolicyDocument(text: string): void {
  check(text, GRAMMARS.key);
}

/** @throws PolicyDocumentError */
export function checkIdentityPolicyDocument(text: string): void {
  check(text, GRAMMARS.identity);
}

/** @throws PolicyDocumentError */
export function checkTrustPolicyDocument(text: string): void {
  check(text, GRAMMARS.trust);
}

function check(text: string, grammar: Grammar): void {
  const document = parse(text);
  if (!isObject(document)) throw new PolicyDocumentError('Policy must be a JSON object.');
  if (document.Version !== undefined && !VERSIONS.includes(document.Version)) {
    throw new PolicyDocumentError('Policy has an invalid version.');
  }
  if (!grammar.kms && Object.keys(document).some((member) => !MEMBERS.has(member))) throw syntax();
  const statements = [document.Statement].flat();
  if (document.Statement === undefined || statements.length === 0) {
    throw new PolicyDocumentError('Policy must contain a statement.');
  }
  const sids = new Set<string>();
  for (const statement of statements) {
    const sid = checkStatement(statement, grammar);
    if (sid !== undefined && sids.has(sid)) {
      throw new PolicyDocumentError('Statement IDs (SID) in a single policy must be unique.');
    }
    if (sid) sids.add(sid);
  }
}

function checkStatement(statement: unknown, grammar: Grammar): string | undefined {
  if (!isObject(statement)) throw new PolicyDocumentError('Policy contains an invalid statement.');
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
    throw new PolicyDocumentError('Policy contains a statement with an invalid effect.');
  }
  if (Object.keys(statement).some((member) => !STATEMENT_MEMBERS.has(member))) throw syntax();
  for (const name of ['Principal', 'Action', 'Resource']) {
    if (statement[name] !== undefined && statement[`Not${name}`] !== undefined) throw syntax();
  }
  checkPrincipals(statement, grammar);
  checkActions(statement.Action ?? statement.NotAction, grammar);
  checkResources(statement.Resource ?? statement.NotResource, grammar);
  checkConditions(statement.Condition, grammar);
  const { Sid: sid } = statement;
  if (sid === undefined) return undefined;
  if (typeof sid !== 'string' || !grammar.sid.test(sid)) {
    throw new PolicyDocumentError('Policy contains a statement with an invalid Sid.');
  }
  return sid;
}

function checkPrincipals(statement: Readonly<Record<string, unknown>>, grammar: Grammar): void {
  const element = statement.Principal ?? statement.NotPrincipal;
  if (grammar.principal === 'forbidden') {
    if (element === undefined) return;
    throw new PolicyDocumentError('Policy document should not specify a principal.');
  }
  if (element === undefined) {
    throw new PolicyDocumentError(
      grammar.kms
        ? 'Policy contains a statement with no principal.'
        : 'Missing required field Principal',
    );
  }
  if (element === '*') return;
  if (!isObject(element) || Object.keys(element).length === 0) throw invalidPrincipals();
  for (const [kind, given] of Object.entries(element)) {
    const names = [given].flat();
    if (!PRINCIPAL_KINDS.has(kind) || names.length === 0) throw invalidPrincipals();
    for (const name of names) if (!isPrincipal(kind, name)) throw invalidPrincipals();
  }
}

const IAM_PRINCIPAL =
  /arn:[a-z-]+:iam::[0-9]{12}:(root|user\/[\w+=,.@/-]{1,576}|role\/[\w+=,.@/-]{1,576})/.source;
const STS_PRINCIPAL =
  /arn:[a-z-]+:sts::[0-9]{12}:(assumed-role\/[\w+=,.@-]{1,64}\/[\w+=,.@:/-]{2,128}|federated-user\/[\w+=,.@-]{2,64})/
    .source;
const AWS_PRINCIPAL = new RegExp(
  `^(\\*|[0-9]{12}|${USER_OR_ROLE_ID}|${IAM_PRINCIPAL}|${STS_PRINCIPAL})$`,
);

/** A name alone stands for itself: no wildcard within, no group. */
function isPrincipal(kind: string, name: unknown): boolean {
  if (typeof name !== 'string' || name === '' || name.length > 2048) return false;
  return kind === 'AWS' ? AWS_PRINCIPAL.test(name) : !/[\s*]/.test(name);
}

function checkActions(given: unknown, grammar: Grammar): void {
  const actions = given === undefined ? [] : [given].flat();
  if (actions.length === 0) {
    if (given === undefined && grammar.action === 'optional') return;
    throw new PolicyDocumentError('Policy statement must contain actions.');
  }
  for (const action of actions) {
    if (typeof action !== 'string') throw syntax();
    if (!grammar.vendors.test(action)) {
      throw new PolicyDocumentError(
        action.includes(':')
          ? 'Policy contains a statement with one or more invalid actions.'
          : 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
      );
    }
  }
}

function checkResources(given: unknown, grammar: Grammar): void {
  if (grammar.resource === 'forbidden') {
    if (given === undefined) return;
    throw new PolicyDocumentError('Has prohibited field Resource');
  }
  const resources = given === undefined ? [] : [given].flat();
  if (resources.length === 0) {
    if (given === undefined && grammar.resource === 'optional') return;
    throw new PolicyDocumentError('Policy statement must contain resources.');
  }
  for (const resource of resources) {
    if (typeof resource !== 'string') throw syntax();
    if (grammar.resource === 'required' && resource !== '*' && !/^(arn:|\*|\$\{)/.test(resource)) {
      throw new PolicyDocumentError(
        `Resource ${resource.slice(0, 256)} must be in ARN format or "*".`,
      );
    }
  }
}

function checkConditions(block: unknown, { kms }: Grammar): void {
  if (block === undefined) return;
  if (!isObject(block)) throw syntax();
  for (const [written, keys] of Object.entries(block)) {
    const operator = readOperator(written);
    if (!operator) {
      throw new PolicyDocumentError(`Invalid Condition type : ${written.slice(0, 128)}.`);
    }
    if (!isObject(keys)) throw syntax();
    for (const [key, values] of Object.entries(keys)) {
      if (!CONDITION_KEY.test(key)) {
        throw new PolicyDocumentError(
          'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
        );
      }
      if (![values].flat().every(isScalar)) throw syntax();
      if (kms && operator.set === 'all' && OVERLY_PERMISSIVE.test(key)) {
        throw new PolicyDocumentError(
          `OverlyPermissiveCondition: ForAllValues must not be used with the single-valued condition key ${key.slice(0, 256)}.`,
        );
      }
    }
  }
}

function isScalar(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function parse(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new PolicyDocumentError('Policy contains invalid JSON.');
  }
  if (!isShallow(value)) throw syntax();
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

function syntax(): PolicyDocumentError {
  return new PolicyDocumentError('Syntax errors in policy.');
}

function invalidPrincipals(): PolicyDocumentError {
  return new PolicyDocumentError(
    'Policy contains a statement with one or more invalid principals.',
  );
}
