/** Whom a statement may name. Source: IAM User Guide, "AWS JSON policy elements: Principal", "NotPrincipal". */
import { USER_OR_ROLE_ID } from '../kernel/principal-ids.js';
import { isObject } from './condition.js';
import { PolicyDocumentError } from './document-error.js';

export interface PrincipalRules {
  readonly partition: string;
  /** `NotPrincipal` of a Deny. */
  readonly notPrincipal: boolean;
  /** AWS's text for a statement without principal. */
  readonly missing: string;
}

type Statement = Readonly<Record<string, unknown>>;

const IAM_PRINCIPAL = /iam::[0-9]{12}:(root|user\/[\w+=,.@/-]{1,576}|role\/[\w+=,.@/-]{1,576})/
  .source;
const STS_PRINCIPAL =
  /sts::[0-9]{12}:(assumed-role\/[\w+=,.@-]{1,64}\/[\w+=,.@:/-]{2,128}|federated-user\/[\w+=,.@-]{2,64})/
    .source;
const AWS_PRINCIPAL = new RegExp(
  `^(\\*|[0-9]{12}|${USER_OR_ROLE_ID}|arn:[a-z-]+:(${IAM_PRINCIPAL}|${STS_PRINCIPAL}))$`,
);
/** A service's name is a host name of three labels or more: `s3.amazonaws.com`. */
const SERVICE = /^[a-z0-9]+(-+[a-z0-9]+)*(\.[a-z0-9]+(-+[a-z0-9]+)*){2,}$/;

/** Whether a name of this kind can be anybody's; a name alone stands for itself: no wildcard within. */
const KINDS: Readonly<Record<string, (name: string, partition: string) => boolean>> = {
  AWS: (name, partition) =>
    AWS_PRINCIPAL.test(name) && (!name.startsWith('arn:') || isOf(partition, name)),
  Service: (name) => SERVICE.test(name),
  Federated: (name, partition) =>
    !/[\s*]/.test(name) && (!name.startsWith('arn:') || isOf(partition, name)),
};

const MAX_NAME = 2048;

/** @throws PolicyDocumentError */
export function checkPrincipals(statement: Statement, rules: PrincipalRules): void {
  const { NotPrincipal: others } = statement;
  if (others !== undefined && (!rules.notPrincipal || statement.Effect === 'Allow')) {
    throw new PolicyDocumentError('Policy contains a statement with an invalid NotPrincipal.');
  }
  const element = statement.Principal ?? others;
  if (element === undefined) throw new PolicyDocumentError(rules.missing);
  if (element === '*') return;
  if (!isObject(element) || Object.keys(element).length === 0) throw invalidPrincipals();
  for (const [kind, given] of Object.entries(element)) {
    const names: unknown[] = [given].flat();
    if (names.length === 0) throw invalidPrincipals();
    for (const name of names) if (!isPrincipal(kind, name, rules)) throw invalidPrincipals();
  }
}

/** @throws PolicyDocumentError for a statement of a policy that says by itself whose it is */
export function checkNoPrincipal({ Principal: element, NotPrincipal: others }: Statement): void {
  if (element === undefined && others === undefined) return;
  throw new PolicyDocumentError('Policy document should not specify a principal.');
}

function isPrincipal(kind: string, name: unknown, { partition }: PrincipalRules): boolean {
  const isName = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (!isName || typeof name !== 'string' || name === '' || name.length > MAX_NAME) return false;
  return isName(name, partition);
}

function isOf(partition: string, arn: string): boolean {
  return arn.split(':')[1] === partition;
}

function invalidPrincipals(): PolicyDocumentError {
  return new PolicyDocumentError(
    'Policy contains a statement with one or more invalid principals.',
  );
}
