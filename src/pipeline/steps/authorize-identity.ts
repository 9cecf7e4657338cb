import { requestContext } from '../../authz/condition-keys.js';
import { decideOnIdentity, refusalText } from '../../authz/evaluate.js';
import type { IdentityOperation } from '../../declare/identity-operation.js';
import { CommonError } from '../../kernel/common-errors.js';
import type { PipelineCall } from '../call.js';

/**
 * May this caller do this to this resource, by its identity policies alone?
 * @throws CommonError AccessDeniedException
 */
export async function authorizeIdentity<Ports>(
  call: PipelineCall<IdentityOperation<Ports>>,
  ports: Ports,
): Promise<void> {
  const { caller, scope, operation } = call;
  const { access } = operation;
  if (access.by !== 'identity') return;
  const action = access.action ?? operation.id;
  const resource = await access.resource(call.input, call, ports);
  const { members, tags, resourceTags } = access.conditions?.(call.input) ?? {};
  const request = {
    principal: caller,
    action,
    resource,
    resourceAccountId: scope.accountId,
    context: requestContext({
      ...call.facts,
      action,
      resourceAccountId: scope.accountId,
      ...(members && { members }),
      ...(tags && { tags }),
      ...(resourceTags && { resourceTags }),
    }),
  };
  const decision = decideOnIdentity(request);
  call.decisions.push(decision);
  if (!decision.allowed) {
    throw new CommonError('AccessDeniedException', refusalText(request, decision));
  }
}
