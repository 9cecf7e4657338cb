/** What a simulated call is about, as the server would find it: a key, a role and its trust, an entity of IAM. */
import type { KnownAction } from '../declare/known-actions.js';
import type { Scope } from '../kernel/scope.js';
import { ServiceError } from '../kernel/service-error.js';
import { StartError } from '../kernel/start-error.js';
import { parseIamArn } from '../services/iam/directory/arns.js';
import { entityByArn } from '../services/iam/directory/by-arn.js';
import type { DirectoryReader } from '../services/iam/directory/directory.js';
import { asResource } from '../services/iam/directory/entity-rules.js';
import { compiledTrust } from '../services/iam/directory/sessions.js';
import type { SimulatedRequest } from '../services/iam/directory/simulation.js';
import type { AliasRepository } from '../services/kms/aliases/alias-repository.js';
import type { GrantRepository } from '../services/kms/grants/grant-repository.js';
import type { Key } from '../services/kms/keys/key.js';
import { parseKeyRef } from '../services/kms/keys/key-id.js';
import type { KeyRepository } from '../services/kms/keys/key-repository.js';
import type { Quotas } from '../services/kms/keys/quotas.js';
import { compiledKeyPolicy } from '../services/kms/policies/key-policy.js';
import { sections } from '../services/kms/registry.js';
import { keyFacts } from '../services/kms/steps/key-facts.js';

interface Stored {
  readonly keys: KeyRepository;
  readonly aliases: AliasRepository;
  readonly grants: GrantRepository;
  readonly directory: DirectoryReader;
  readonly quotas: Quotas;
}

type Resource = Pick<
  SimulatedRequest,
  'resource' | 'resourcePolicy' | 'key' | 'target' | 'grants' | 'crossAccountAllowed'
>;

/**
 * @param resource id or ARN of a key, name or ARN of an alias, another ARN, or `*`
 * @throws StartError for a key that isn't there, and for a role that is to be assumed and isn't
 */
export async function findResource(
  resource: string,
  { name, boundary }: KnownAction,
  scope: Scope,
  stored: Stored,
): Promise<Resource> {
  if (resource === '*') return { resource };
  if (name.startsWith('kms:')) return keyNamed(resource, name, scope, stored);
  const { partition } = scope;
  const accountId = parseIamArn(resource)?.accountId ?? scope.accountId;
  const entity = await entityByArn(stored.directory, { partition, accountId }, resource);
  if (isTrusted(name)) {
    if (entity?.kind !== 'role') throw new StartError(`there is no role ${resource}`);
    const target = asResource(partition, entity);
    return { resource, target, resourcePolicy: compiledTrust(entity, resource) };
  }
  return { resource, ...(entity && { target: asResource(partition, entity, { boundary }) }) };
}

/** Of these the role's trust policy decides. */
const isTrusted = (action: string) =>
  /^sts:(AssumeRole|AssumeRoleWithWebIdentity|TagSession|SetSourceIdentity)$/.test(action);

async function keyNamed(
  resource: string,
  action: string,
  scope: Scope,
  stored: Stored,
): Promise<Resource> {
  const key = await findKey(resource, scope, stored);
  return {
    resource: key.arn,
    resourcePolicy: compiledKeyPolicy(key),
    key: keyFacts(key, stored.quotas),
    grants: await stored.grants.index(key.region, key.keyId),
    crossAccountAllowed: crossAccountAllowed(action),
  };
}

async function findKey(resource: string, scope: Scope, { keys, aliases }: Stored): Promise<Key> {
  try {
    const ref = parseKeyRef(resource, scope, 'any');
    const owner = { ...scope, accountId: ref.accountId };
    const keyId = ref.kind === 'key' ? ref.keyId : await aliases.target(owner, ref.aliasName);
    const key = keyId === undefined ? undefined : await keys.find(scope.region, keyId);
    if (key?.accountId === ref.accountId) return key;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new StartError(error.message);
  }
  throw new StartError(`there is no key ${resource} in ${scope.region}`);
}

/** Which operations other accounts may be allowed stands in the operations' declarations. */
function crossAccountAllowed(action: string): boolean {
  return Object.values(sections)
    .flat()
    .some(
      ({ access }) => access.crossAccount && access.keys.some((need) => need.action === action),
    );
}
