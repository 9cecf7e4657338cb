import { type Static, Type } from 'typebox';
import { requestContext } from '../../../authz/condition-keys.js';
import { decideOnIdentity, refusalText } from '../../../authz/evaluate.js';
import type { SessionClaims } from '../credentials/session-token.js';
import { selfSessionArn } from '../directory/arns.js';
import { checkDocument } from '../directory/policy-texts.js';
import { issuedView } from '../directory/sessions.js';
import { iamError } from '../errors.js';
import { defineIamOperation, type IamCall } from '../operation.js';
import type { Uses } from '../ports.js';
import { ISSUED, issued, MinimumSessionTokenSize, SessionPolicy } from './shapes.js';

const MAX_SECONDS = 129_600;
const MAX_LAYERS = 3;

const ScopedInput = Type.Object({
  Policy: Type.Optional(SessionPolicy),
  DurationSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SECONDS })),
  MinimumSessionTokenSize,
  ScopedSessionDescription: Type.Optional(Type.String({ minLength: 2, maxLength: 256 })),
});
type ScopedCall = IamCall<Static<typeof ScopedInput>>;

export const getScopedCredentials = defineIamOperation({
  service: 'sts',
  name: 'GetScopedCredentials',
  summary: 'Gives credentials of the same session that may do less, or end sooner.',
  input: ScopedInput,
  output: Type.Object({
    ...issued,
    SessionInfo: Type.Object({ ScopedSessionId: Type.String(), Arn: Type.String() }),
    ScopedPoliciesCount: Type.Integer(),
    SourceIdentity: Type.Optional(Type.String()),
  }),
  // Needs no permission, since it gives none; a Deny is heeded, below.
  access: { by: 'signature' },
  readOnly: true,
  errors: ['InsufficientSessionLifetime', 'InvalidSubjectCredentials'],
  audit: {
    request: ['Policy', 'DurationSeconds', 'ScopedSessionDescription'],
    response: [...ISSUED, 'SessionInfo', 'ScopedPoliciesCount', 'SourceIdentity'],
  },
  async run(call, { sessionTokens, wallClock }: Uses<'sessionTokens' | 'wallClock'>) {
    const { input, caller, scope } = call;
    if (input.Policy === undefined && input.DurationSeconds === undefined) {
      throw iamError('ValidationError', 'Either Policy or DurationSeconds must be specified.');
    }
    const { sessionToken = '' } = call;
    const claims = sessionTokens.open(caller.accessKeyId, sessionToken)?.claims;
    if (!claims) {
      throw iamError(
        'InvalidSubjectCredentials',
        'GetScopedCredentials must be called with temporary security credentials.',
      );
    }
    requireNoDeny(call);
    if (input.Policy !== undefined) checkDocument('session', input.Policy, scope.partition);
    const scopeDown = layers(claims, input.Policy);
    const scoped = {
      ...claims,
      expiresAt: expiry(claims, input.DurationSeconds, wallClock()),
      ...(scopeDown.length > 0 && { scopeDown }),
    };
    const { sourceIdentity } = claims;
    return {
      ...issuedView(sessionTokens.issue(scoped, input.MinimumSessionTokenSize)),
      SessionInfo: { ScopedSessionId: caller.userId, Arn: caller.arn },
      ScopedPoliciesCount: scopeDown.length,
      ...(sourceIdentity !== undefined && { SourceIdentity: sourceIdentity }),
    };
  },
});

/** @throws ServiceError AccessDenied */
function requireNoDeny({ caller, scope, facts, decisions }: ScopedCall): void {
  const action = 'sts:GetScopedCredentials';
  const resourceAccountId = caller.accountId;
  const request = {
    ...{ principal: caller, action, resourceAccountId },
    resource: selfSessionArn(scope),
    context: requestContext({ ...facts, action, resourceAccountId }),
  };
  const decision = decideOnIdentity(request);
  if (decision.allowed || !decision.explicit) return;
  decisions.push(decision);
  throw iamError('AccessDenied', refusalText(request, decision));
}

/** @throws ServiceError AccessDenied when there would be more than may be */
function layers({ scopeDown = [] }: SessionClaims, policy: string | undefined): readonly string[] {
  if (policy === undefined) return scopeDown;
  if (scopeDown.length < MAX_LAYERS) return [...scopeDown, policy];
  throw iamError(
    'AccessDenied',
    `The session has ${MAX_LAYERS} scope down policies already, which is the maximum.`,
  );
}

/**
 * In epoch milliseconds, never after the session's own.
 * @throws ServiceError InsufficientSessionLifetime
 */
function expiry({ expiresAt }: SessionClaims, seconds: number | undefined, now: number): number {
  if (seconds === undefined) return expiresAt;
  const asked = now + seconds * 1000;
  if (asked <= expiresAt) return asked;
  throw iamError(
    'InsufficientSessionLifetime',
    'The requested DurationSeconds is greater than the remaining lifetime of the calling session.',
  );
}
