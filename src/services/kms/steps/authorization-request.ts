/** What `authz` is asked, and its denial in AWS's words. Source: shared reference, errors.md §7. */
import { type KeyFacts, type RequestFacts, requestContext } from '../../../authz/condition-keys.js';
import type { Denial } from '../../../authz/decision.js';
import { refusalText } from '../../../authz/evaluate.js';
import type { AuthorizationRequest } from '../../../authz/model.js';
import type { RequestMembers } from '../../../authz/request.js';
import type { ServiceError } from '../../../kernel/service-error.js';
import type { KmsCall } from '../call.js';
import { kmsError } from '../errors.js';

/** An action, with what conditions see of the request's members. */
export interface Asked {
  readonly action: string;
  readonly members: RequestMembers;
}

/** The request of a call's caller for an action on a resource, with every fact that conditions see. */
export function keyRequest(
  call: KmsCall,
  { action, members }: Asked,
  resource: string,
  resourceAccountId: string,
  about: {
    readonly key?: KeyFacts | undefined;
    readonly aliasName?: string | undefined;
    readonly region?: string | undefined;
  },
): AuthorizationRequest {
  const { withoutCallerAccount, grantIsForAwsResource } = call.operation.access;
  const facts: RequestFacts = {
    ...call.facts,
    action,
    withoutCallerAccount,
    grantIsForAwsResource,
    resourceAccountId,
    ...members,
    ...(about.key && { key: about.key }),
    ...(about.aliasName !== undefined && { requestAlias: about.aliasName }),
    ...(about.region !== undefined && { region: about.region }),
  };
  return {
    principal: call.caller,
    action,
    resource,
    resourceAccountId,
    context: requestContext(facts),
  };
}

/** The refusal of a request that was denied. */
export function denied(request: AuthorizationRequest, denial: Denial): ServiceError {
  return kmsError('AccessDeniedException', refusalText(request, denial));
}
