/** What a statement may be about. Source: IAM User Guide, "AWS JSON policy elements: Resource", "IAM identifiers". */
import { isIncompleteArn } from './arn-pattern.js';
import { PolicyDocumentError, syntaxError } from './document-error.js';

type Statement = Readonly<Record<string, unknown>>;

const IAM_PATHS = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
];

/**
 * Resources of an identity policy: `*` or ARNs. `incomplete` says whether an ARN may lack its last
 * parts.
 * @throws PolicyDocumentError
 */
export function checkArnResources(
  statement: Statement,
  { partition, incomplete }: { readonly partition: string; readonly incomplete: boolean },
): void {
  for (const resource of resourcesOf(statement)) {
    if (resource !== '*') checkArn(resource, partition, incomplete);
  }
}

/** A key policy is about its key: every statement says `"Resource": "*"`. @throws PolicyDocumentError */
export function checkKeyResources(statement: Statement): void {
  const resources = resourcesOf(statement);
  if (statement.NotResource !== undefined || resources.some((resource) => resource !== '*')) {
    throw new PolicyDocumentError('Policy contains a statement with an invalid resource.');
  }
}

/** A trust policy is about its role. @throws PolicyDocumentError */
export function checkNoResource({ Resource: resource, NotResource: others }: Statement): void {
  if (resource === undefined && others === undefined) return;
  throw new PolicyDocumentError('Has prohibited field Resource');
}

function resourcesOf({ Resource: resource, NotResource: others }: Statement): string[] {
  const given = resource ?? others;
  const list: unknown[] = given === undefined ? [] : [given].flat();
  if (list.length === 0) {
    throw new PolicyDocumentError('Policy statement must contain resources.');
  }
  const texts = list.filter((entry) => typeof entry === 'string');
  if (texts.length < list.length) throw syntaxError();
  return texts;
}

function checkArn(resource: string, ownPartition: string, incomplete: boolean): void {
  const shown = resource.slice(0, 256);
  const [scheme, partition = '', service = '', region = '', , ...rest] = resource.split(':');
  if (scheme !== 'arn' || service === '') {
    throw new PolicyDocumentError(`Resource ${shown} must be in ARN format or "*".`);
  }
  if (partition !== ownPartition && partition !== '*') {
    throw new PolicyDocumentError(
      `Partition "${partition.slice(0, 64)}" is not valid for resource "${shown}".`,
    );
  }
  if (/[*?$]/.test(service)) {
    throw new PolicyDocumentError(
      `Vendor ${service.slice(0, 64)} is not valid in resource ${shown}.`,
    );
  }
  if (isIncompleteArn(resource)) {
    if (!incomplete) throw new PolicyDocumentError(`Resource ${shown} must be a complete ARN.`);
    return;
  }
  if (service === 'iam') checkIamArn(region, rest.join(':'), shown);
}

function checkIamArn(region: string, path: string, shown: string): void {
  if (region !== '' && region !== '*') {
    throw new PolicyDocumentError(`IAM resource ${shown} cannot contain region information.`);
  }
  if (path !== '*' && !IAM_PATHS.some((prefix) => path.startsWith(prefix))) {
    throw new PolicyDocumentError(
      `IAM resource path must either be "*" or start with ${IAM_PATHS.slice(0, -1).join(', ')}, or ${IAM_PATHS.at(-1)}.`,
    );
  }
}
