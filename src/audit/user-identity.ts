/** Who called, as CloudTrail writes it (CloudTrail User Guide, "userIdentity element"; audit.md §2). */

import type { Caller } from '../authz/model.js';
import { isoSeconds } from '../kernel/time.js';

export interface UserIdentity {
  /** Absent from what KMS does by itself. */
  readonly type?:
    | 'Root'
    | 'IAMUser'
    | 'AssumedRole'
    | 'FederatedUser'
    | 'AWSService'
    | 'AWSAccount'
    | 'WebIdentityUser'
    | 'Unknown';
  readonly principalId?: string;
  readonly arn?: string;
  readonly accountId?: string;
  readonly accessKeyId?: string;
  readonly userName?: string;
  readonly sessionContext?: object;
  /** The service that called, for itself or in the principal's name. */
  readonly invokedBy?: string;
}

const MAX_CLAIMED_KEY_ID = 128;

const TYPES = {
  Account: 'Root',
  User: 'IAMUser',
  AssumedRole: 'AssumedRole',
  FederatedUser: 'FederatedUser',
  WebIdentity: 'WebIdentityUser',
} as const;

/**
 * @param claimedAccessKeyId what an unauthenticated request named: a mere claim
 * @param recipientAccountId whose trail it is: another account sees no more than the caller's account
 */
export function identityOf(
  caller: Caller | undefined,
  claimedAccessKeyId: string | undefined,
  recipientAccountId: string,
): UserIdentity {
  if (!caller) {
    if (claimedAccessKeyId === undefined) return { type: 'Unknown' };
    const claim = claimedAccessKeyId.slice(0, MAX_CLAIMED_KEY_ID).replace(/[^A-Za-z0-9_]/g, '?');
    return { type: 'Unknown', accessKeyId: claim };
  }
  const { type, accountId, userId, arn, accessKeyId, userName, via } = caller;
  if (type === 'AWSService') return { type, invokedBy: arn };
  const invoked = via && { invokedBy: via.serviceName };
  if (accountId !== recipientAccountId) {
    return { type: 'AWSAccount', principalId: userId, accountId, ...invoked };
  }
  return {
    type: TYPES[type],
    principalId: userId,
    arn,
    accountId,
    // By the operator's socket nobody signs.
    ...(accessKeyId !== '' && { accessKeyId }),
    ...(userName !== undefined && { userName }),
    ...sessionContextOf(caller),
    ...invoked,
  };
}

function sessionContextOf({ session, accountId }: Caller) {
  if (!session) return {};
  const { issuer, federatedProvider, issuedAt, mfaAt, sourceIdentity } = session;
  return {
    sessionContext: {
      ...(issuer && {
        sessionIssuer: {
          type: issuer.type,
          principalId: issuer.uniqueId,
          arn: issuer.arn,
          accountId,
          userName: issuer.userName,
        },
      }),
      ...(federatedProvider !== undefined && {
        webIdFederationData: { federatedProvider, attributes: {} },
      }),
      attributes: {
        creationDate: isoSeconds(new Date(issuedAt)),
        mfaAuthenticated: String(mfaAt !== undefined),
      },
      ...(sourceIdentity !== undefined && { sourceIdentity }),
    },
  };
}
