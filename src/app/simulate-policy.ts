/** Why a call would be allowed or denied, by what is stored. Works with the server stopped. */

import { conditionValue } from '../authz/condition-keys.js';
import { GrantIndex } from '../authz/grant-index.js';
import { hasSource } from '../authz/known-keys.js';
import type { Principal } from '../authz/model.js';
import type { ConditionValue } from '../authz/request.js';
import type { Config } from '../config/config.js';
import { accountNamed } from '../kernel/arns.js';
import { ServiceError } from '../kernel/service-error.js';
import { StartError } from '../kernel/start-error.js';
import { makeLog } from '../observe/log.js';
import type { Principals } from '../services/iam/directory/principals.js';
import { decisionWord, simulate } from '../services/iam/directory/simulation.js';
import type { AliasRepository } from '../services/kms/aliases/alias-repository.js';
import type { Key } from '../services/kms/keys/key.js';
import { parseKeyRef } from '../services/kms/keys/key-id.js';
import type { KeyRepository } from '../services/kms/keys/key-repository.js';
import { compiledKeyPolicy } from '../services/kms/policies/key-policy.js';
import { sections } from '../services/kms/registry.js';
import { keyFacts } from '../services/kms/steps/key-facts.js';
import { findAction } from './known-actions.js';
import { records } from './records.js';

export interface SimulatedCall {
  /** ARN of a user, role or root user, or of a role session. */
  readonly principal: string;
  readonly action: string;
  /** Id or ARN of a key, name or ARN of an alias, another ARN, or `*`. */
  readonly resource: string;
  /** `name=value`; a name given twice has several values. */
  readonly context: readonly string[];
  readonly region?: string | undefined;
}

export interface SimulatedDecision {
  /** AWS's word for it. */
  readonly decision: string;
  readonly allowed: boolean;
  readonly policyType?: string;
  readonly grantId?: string;
  readonly root?: true;
  readonly statements: ReturnType<typeof simulate>['matched'];
  readonly matched: ReturnType<typeof simulate>['matched'];
  readonly missingContextValues: readonly string[];
}

/**
 * Decides on a call as the server would, by the key's real policy and grants. Reads the database only.
 * @returns the decision and the statements that led there
 * @throws StartError for what isn't there; UnreachableError
 */
export async function simulatePolicy(
  config: Config,
  options: SimulatedCall,
): Promise<SimulatedDecision> {
  const known = findAction(options.action);
  if (!known) throw new StartError(`there is no action ${options.action}`);
  const context = readContext(options.context);
  const running = await records.start({ config, log: makeLog({ level: 'error' }) });
  try {
    const { keys, aliases, grants, principals } = running.provided;
    const principal = await findPrincipal(options.principal, principals);
    const region = options.region ?? config.regions[0] ?? '';
    const { partition } = config;
    const scope = { partition, region, accountId: principal.accountId };
    const key = await findKey(options, scope, { keys, aliases });
    const index = key ? await grants.index(key.region, key.keyId) : new GrantIndex();
    const { decision, matched, missingContextValues } = simulate({
      principal,
      action: options.action,
      known,
      partition,
      resource: key?.arn ?? options.resource,
      context,
      resourcePolicy: key && compiledKeyPolicy(key),
      key: key && keyFacts(key, config.quotas),
      grants: index,
      crossAccountAllowed: crossAccountAllowed(options.action),
      region,
      now: Date.now(),
    });
    return { decision: decisionWord(decision), ...decision, matched, missingContextValues };
  } finally {
    await running.stop();
  }
}

async function findPrincipal(arn: string, principals: Principals): Promise<Principal> {
  const account = accountNamed(arn);
  const id = account === undefined ? await principals.idOf(arn) : undefined;
  const found =
    account === undefined ? id && (await principals.find(id)) : principals.root(account);
  if (!found) throw new StartError(`there is no principal ${arn}`);
  // Of a session named by its ARN the role's policies count; its session policies nobody stores.
  return arn.includes(':assumed-role/')
    ? { ...found, arn, userId: `${found.uniqueId}:${arn.split('/').at(-1)}` }
    : found;
}

async function findKey(
  { resource, action }: SimulatedCall,
  scope: { readonly partition: string; readonly region: string; readonly accountId: string },
  { keys, aliases }: { readonly keys: KeyRepository; readonly aliases: AliasRepository },
): Promise<Key | undefined> {
  if (!action.toLowerCase().startsWith('kms:') || resource === '*') return undefined;
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
      ({ access }) =>
        access.crossAccount &&
        access.keys.some((need) => need.action.toLowerCase() === action.toLowerCase()),
    );
}

function readContext(pairs: readonly string[]): Map<string, ConditionValue> {
  const given = new Map<string, string[]>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new StartError(`--context ${pair} is not name=value`);
    if (!hasSource(pair.slice(0, equals))) {
      throw new StartError(`there is no condition key ${pair.slice(0, equals)}`);
    }
    const name = pair.slice(0, equals).toLowerCase();
    given.set(name, [...(given.get(name) ?? []), pair.slice(equals + 1)]);
  }
  return new Map([...given].map(([name, values]) => [name, conditionValue(name, values)]));
}
