/** Why a call would be allowed or denied. Source: IAM API Reference, SimulatePrincipalPolicy. */

import { type KeyFacts, type RequestFacts, requestContext } from '../../../authz/condition-keys.js';
import type { Decision } from '../../../authz/decision.js';
import { decideOnIdentity, decideOnResource } from '../../../authz/evaluate.js';
import type { GrantIndex } from '../../../authz/grant-index.js';
import type { Policy, Principal } from '../../../authz/model.js';
import { matchingStatements } from '../../../authz/policy.js';
import type { StatementRef } from '../../../authz/policy-source.js';
import type { ConditionValue } from '../../../authz/request.js';
import type { AskedResource } from '../../../declare/identity-operation.js';
import type { KnownAction } from '../../../declare/known-actions.js';
import { accountOfArn } from '../../../kernel/arns.js';

export interface SimulatedRequest {
  readonly principal: Principal;
  readonly action: string;
  /** What is declared of the action. */
  readonly known: KnownAction | undefined;
  /** `*` for an action on the account as a whole. */
  readonly resource: string;
  /** Condition keys by lower-case name: they go before what a request would say. */
  readonly context: ReadonlyMap<string, ConditionValue>;
  readonly resourcePolicy?: Policy | undefined;
  /** The key that is the resource, for the conditions that ask for it. */
  readonly key?: KeyFacts | undefined;
  /** What else conditions see of the resource. */
  readonly target?: Omit<AskedResource, 'arn'> | undefined;
  readonly grants?: GrantIndex;
  /** Whether other accounts may be allowed the action at all; without it they may. */
  readonly crossAccountAllowed?: boolean;
  readonly partition: string;
  readonly region: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

export interface Simulation {
  readonly decision: Decision;
  /** Every statement of identity policies that speaks of the request, whatever decided. */
  readonly matched: readonly StatementRef[];
  /** Those of them that deny. */
  readonly denying: readonly StatementRef[];
  /** Condition keys that policies asked for and the request didn't have. */
  readonly missingContextValues: readonly string[];
}

/** Decides as a call would be decided, and keeps what led there. */
export function simulate(simulated: SimulatedRequest): Simulation {
  const { principal, action, known, partition, region, now, context: given } = simulated;
  const scope = { partition, region, accountId: principal.accountId };
  const resource =
    (simulated.resource === '*' ? known?.onAccount?.(scope) : undefined) ?? simulated.resource;
  const resourceAccountId = accountOfArn(resource);
  const facts: RequestFacts = {
    withoutCallerAccount: known?.withoutCallerAccount,
    grantIsForAwsResource: known?.grantIsForAwsResource,
    principal,
    action,
    resourceAccountId: resourceAccountId ?? principal.accountId,
    region,
    now,
    http: { sourceIp: '', secure: true },
    members: { ...simulated.target?.members, ...Object.fromEntries(given) },
    resourceTags: simulated.target?.tags,
    iamResourceTags: simulated.target?.iamTags,
    ...(simulated.key && { key: simulated.key }),
    ...encryptionContextOf(given),
  };
  const full = requestContext(facts);
  const missing = new Set<string>();
  const context = {
    steps: full.steps,
    get(key: string) {
      const value = key === 'aws:sourceip' && !given.has(key) ? undefined : full.get(key);
      if (value === undefined && key !== '') missing.add(key);
      return value;
    },
  };
  const request = { ...facts, resource, context };
  const decision = simulated.resourcePolicy
    ? decideOnResource({
        request,
        resourcePolicy: simulated.resourcePolicy,
        crossAccountAllowed: simulated.crossAccountAllowed ?? true,
        grants: () => simulated.grants?.matching(request) ?? [],
      })
    : decideOnIdentity(request);
  const { identity, boundary, session = [] } = principal.policies;
  const found = [...identity, ...(boundary ? [boundary] : []), ...session].map((policy) =>
    matchingStatements(policy, request),
  );
  const matched = found.flatMap(({ allow, deny }) => [...allow, ...deny]);
  const decided = decision.statements.filter(
    (ref) => !matched.some((each) => each.source === ref.source && each.index === ref.index),
  );
  const denies = !decision.allowed && decision.explicit;
  return {
    decision,
    matched: [...matched, ...decided],
    denying: [...found.flatMap(({ deny }) => deny), ...(denies ? decided : [])],
    missingContextValues: [...missing],
  };
}

/** The encryption context that condition keys tell of, so that grants see it whole. */
function encryptionContextOf(given: SimulatedRequest['context']): Partial<RequestFacts> {
  const prefix = 'kms:encryptioncontext:';
  const pairs = [...given].filter(([key]) => key.startsWith(prefix));
  if (pairs.length === 0) return {};
  const named = pairs.map(([key, value]) => [key.slice(prefix.length), String(value)]);
  return { encryptionContext: Object.fromEntries(named) };
}

/** AWS's word for a decision. */
export function decisionWord(decision: Decision): 'allowed' | 'explicitDeny' | 'implicitDeny' {
  if (decision.allowed) return 'allowed';
  return decision.explicit ? 'explicitDeny' : 'implicitDeny';
}
