import type { PrincipalType } from '../../../authz/model.js';
import type { IdentityOperation } from '../../../declare/identity-operation.js';
import type { PipelineCall } from '../../../pipeline/call.js';
import { iamError } from '../errors.js';

const OF_A_USER: ReadonlySet<string> = new Set([
  'AssumeRole',
  'GetCallerIdentity',
  'GetScopedCredentials',
  'GetWebIdentityToken',
]);
const OF_A_FEDERATED_USER: ReadonlySet<string> = new Set([
  'GetCallerIdentity',
  'GetScopedCredentials',
]);
const WITHOUT_SESSION: ReadonlySet<string> = new Set(['GetSessionToken', 'GetFederationToken']);

/**
 * Which of STS's operations temporary credentials may call, by whose they are. Source: STS API Reference,
 * GetSessionToken and GetFederationToken, "Permissions"; shared reference, model-2026-11.md §4.
 */
const STS_CALLS: Readonly<Partial<Record<PrincipalType, (operation: string) => boolean>>> = {
  Account: (operation) => OF_A_USER.has(operation),
  User: (operation) => OF_A_USER.has(operation),
  AssumedRole: (operation) => !WITHOUT_SESSION.has(operation),
  FederatedUser: (operation) => OF_A_FEDERATED_USER.has(operation),
};

function refusalText(type: PrincipalType, operation: string): string {
  // Source: recorded-iam-cloudtrail-tagging.md §3, "Outbound identity".
  return type === 'FederatedUser' && operation === 'GetWebIdentityToken'
    ? `${operation} does not support federated user sessions`
    : `Cannot call ${operation} with session credentials`;
}

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
  if (!session) return;
  if (operation.service === 'sts' && !STS_CALLS[type]?.(operation.name)) {
    throw iamError('AccessDenied', refusalText(type, operation.name));
  }
  const withoutMfa = type !== 'AssumedRole' && session.mfaAt === undefined;
  if (operation.service === 'iam' && operation.access.by === 'identity' && withoutMfa) {
    throw iamError('InvalidClientTokenId', 'The security token included in the request is invalid');
  }
}
