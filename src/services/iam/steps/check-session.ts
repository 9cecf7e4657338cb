import type { IdentityOperation } from '../../../declare/identity-operation.js';
import type { PipelineCall } from '../../../pipeline/call.js';
import { iamError } from '../errors.js';

/**
 * Which temporary credentials IAM and STS take. Source: STS API Reference, GetSessionToken ("You cannot
 * call any IAM API operations unless MFA …").
 * @throws ServiceError AccessDenied, InvalidClientTokenId
 */
export function checkSession({ caller, operation }: PipelineCall<IdentityOperation>): void {
  if (operation.access.by === 'nothing') return;
  // A service acts for a caller at KMS alone.
  if (caller.via && operation.id !== 'sts:GetCallerIdentity') {
    throw iamError('AccessDenied', 'Forwarded credentials cannot be used for this service.');
  }
  const { session, type } = caller;
  const withoutMfa = session && type !== 'AssumedRole' && session.mfaAt === undefined;
  if (operation.service === 'iam' && operation.access.by === 'identity' && withoutMfa) {
    throw iamError('InvalidClientTokenId', 'The security token included in the request is invalid');
  }
}
