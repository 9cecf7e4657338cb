import { requestContext } from '../../authz/condition-keys.js';
import { decideOnIdentity, refusalText } from '../../authz/evaluate.js';
import { valuesOf } from '../../authz/request.js';
import { withStoredSpellings } from '../../authz/tag-keys.js';
import type { AskedResource, IdentityOperation } from '../../declare/identity-operation.js';
import { CommonError } from '../../kernel/common-errors.js';
import type { PipelineCall } from '../call.js';

/**
 * May this caller do this to this resource, by its identity policies alone, and whatever else the call
 * needs?
 * @throws CommonError AccessDeniedException
 */
export async function authorizeIdentity<Ports>(
  call: PipelineCall<IdentityOperation<Ports>>,
  ports: Ports,
): Promise<void> {
  const { access, id } = call.operation;
  if (access.by !== 'identity') return;
  const { input } = call;
  const { action: own = id, also = [] } = access;
  const first = asked(await access.resource(input, call, ports));
  requireAllowed(call, own, first);
  for (const { action = own, resource, when } of also) {
    if (when && !when(input)) continue;
    const about = resource ? asked(await resource(input, call, ports)) : first;
    requireAllowed(call, action, about);
  }
}

function asked(resource: string | AskedResource): AskedResource {
  return typeof resource === 'string' ? { arn: resource } : resource;
}

function requireAllowed<Ports>(
  call: PipelineCall<IdentityOperation<Ports>>,
  action: string,
  { arn, tags: resourceTags, iamTags, tagKeysIgnoreCase, members: ofResource }: AskedResource,
): void {
  const { caller, scope, operation } = call;
  const conditions = operation.access.by === 'identity' ? operation.access.conditions : undefined;
  const { members, tags } = conditions?.(call.input) ?? {};
  const tagKeys = members?.['aws:tagkeys'] ?? (tags && [...tags.keys()]);
  const stored = tagKeysIgnoreCase && Array.isArray(tagKeys) ? resourceTags?.keys() : undefined;
  const request = {
    principal: caller,
    action,
    resource: arn,
    resourceAccountId: scope.accountId,
    context: requestContext({
      ...call.facts,
      action,
      resourceAccountId: scope.accountId,
      members: {
        ...ofResource,
        ...members,
        ...(stored && { 'aws:tagkeys': withStoredSpellings(valuesOf(tagKeys), stored) }),
      },
      ...(tags && { tags }),
      resourceTags,
      iamResourceTags: iamTags,
    }),
  };
  // `*`, and ARNs with one, are of everything.
  if (!arn.includes('*') && !call.about.includes(arn)) call.about.push(arn);
  const decision = decideOnIdentity(request);
  call.decisions.push(decision);
  if (!decision.allowed) {
    throw new CommonError('AccessDeniedException', refusalText(request, decision));
  }
}
