import { Type } from 'typebox';
import { isTemporaryAccessKeyId } from '../credentials/access-key.js';
import { ROOT } from '../credentials/access-key-owner.js';
import type { SessionClaims } from '../credentials/session-token.js';
import { credentialsView } from '../directory/sessions.js';
import { AccessKeyId } from '../directory/shapes.js';
import { Credentials } from '../directory/view-shapes.js';
import { iamError } from '../errors.js';
import { defineIamOperation } from '../operation.js';
import type { Uses } from '../ports.js';
import { CREDENTIALS, DurationSeconds } from './shapes.js';

const MAX_SECONDS = 3600;
const DEFAULT_SECONDS = 900;

/**
 * Strongroom's own: what AWS's services do among themselves (forward access sessions). A service has
 * received a request that a caller signed, and gets credentials that act as that very caller, within
 * the caller's own policies and time, with the service named in kms:ViaService and aws:CalledVia. They
 * end with the access key of the caller.
 */
export const getForwardAccessSession = defineIamOperation({
  service: 'sts',
  name: 'GetForwardAccessSession',
  summary: 'Gives a configured service credentials that act as its caller (not in AWS).',
  input: Type.Object({
    CallerAccessKeyId: AccessKeyId,
    CallerSessionToken: Type.Optional(
      Type.String({ minLength: 1, maxLength: 16_384, sensitive: true }),
    ),
    SourceArn: Type.Optional(Type.String({ minLength: 20, maxLength: 512 })),
    DurationSeconds: Type.Optional(DurationSeconds(MAX_SECONDS)),
  }),
  output: Type.Object({ Credentials }),
  access: { by: 'signature' },
  readOnly: true,
  audit: { request: ['CallerAccessKeyId', 'SourceArn', 'DurationSeconds'], response: CREDENTIALS },
  async run(
    { input, caller },
    {
      services,
      accessKeys,
      sessionTokens,
      wallClock,
    }: Uses<'services' | 'accessKeys' | 'sessionTokens' | 'wallClock'>,
  ) {
    const service = services.get(caller.serviceName ?? '');
    if (caller.type !== 'AWSService' || !service) {
      throw iamError('AccessDenied', 'Only a service principal can call GetForwardAccessSession.');
    }
    const issuedAt = wallClock();
    const claims = await callersClaims(input.CallerAccessKeyId, input.CallerSessionToken, {
      accessKeys,
      sessionTokens,
      wallClock,
    });
    const expired = claims !== undefined && claims.expiresAt <= issuedAt;
    const served = claims && (service.accounts?.includes(claims.accountId) ?? true);
    if (!claims || expired || !served || claims.via) {
      throw iamError('AccessDenied', 'The caller has no credentials that can be forwarded.');
    }
    const { DurationSeconds: seconds = DEFAULT_SECONDS } = input;
    const credentials = sessionTokens.issue({
      ...claims,
      expiresAt: Math.min(claims.expiresAt, issuedAt + seconds * 1000),
      forwardedFrom: input.CallerAccessKeyId,
      via: {
        serviceName: service.principal,
        ...(input.SourceArn !== undefined && { sourceArn: input.SourceArn }),
      },
    });
    return { Credentials: credentialsView(credentials) };
  },
});

/** Who the caller of the service is; undefined: nobody whose key is known and active. */
async function callersClaims(
  accessKeyId: string,
  sessionToken: string | undefined,
  { accessKeys, sessionTokens, wallClock }: Uses<'accessKeys' | 'sessionTokens' | 'wallClock'>,
): Promise<SessionClaims | undefined> {
  const key = await accessKeys.find(accessKeyId, sessionToken);
  if (key?.status !== 'Active' || key.principal.type === 'AWSService') return undefined;
  if (isTemporaryAccessKeyId(accessKeyId)) {
    return sessionTokens.open(accessKeyId, sessionToken ?? '')?.claims;
  }
  const { type, accountId, uniqueId } = key.principal;
  return {
    principal: type === 'Account' ? ROOT : 'user',
    accountId,
    uniqueId,
    issuedAt: wallClock(),
    expiresAt: Number.MAX_SAFE_INTEGER,
  };
}
