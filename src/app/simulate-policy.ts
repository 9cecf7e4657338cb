/** Why a call would be allowed or denied, by what is stored. Works with the server stopped. */

import { conditionValue } from '../authz/condition-keys.js';
import { hasSource, whyAbsent } from '../authz/known-keys.js';
import type { Principal } from '../authz/model.js';
import type { ConditionValue } from '../authz/request.js';
import type { Config } from '../config/config.js';
import { accountNamed } from '../kernel/arns.js';
import { StartError } from '../kernel/start-error.js';
import { makeLog } from '../observe/log.js';
import type { Principals } from '../services/iam/directory/principals.js';
import { decisionWord, simulate } from '../services/iam/directory/simulation.js';
import { findAction } from './known-actions.js';
import { records } from './records.js';
import { findResource } from './simulated-resource.js';

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
    const principal = await findPrincipal(options.principal, running.provided.principals);
    const region = options.region ?? config.regions[0] ?? '';
    const { partition, quotas } = config;
    const scope = { partition, region, accountId: principal.accountId };
    const { decision, matched, missingContextValues } = simulate({
      ...{ principal, known, partition, region, context, now: Date.now() },
      action: options.action,
      ...(await findResource(options.resource, known, scope, { ...running.provided, quotas })),
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

function readContext(pairs: readonly string[]): Map<string, ConditionValue> {
  const given = new Map<string, string[]>();
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new StartError(`--context ${pair} is not name=value`);
    const key = pair.slice(0, equals);
    if (!hasSource(key)) throw new StartError(`there is no condition key ${key}`);
    const why = whyAbsent(key);
    if (why !== undefined) throw new StartError(`no request has ${key}: ${why}`);
    const name = key.toLowerCase();
    given.set(name, [...(given.get(name) ?? []), pair.slice(equals + 1)]);
  }
  return new Map([...given].map(([name, values]) => [name, conditionValue(name, values)]));
}
