/** The registry of IAM's and STS's operations. */
import type { Sections } from '../../declare/operation.js';
import { accessKeyOperations } from './credentials/access-keys.operations.js';
import { absentKindOperations } from './entities/absent-kinds.operations.js';
import { accountOperations } from './entities/account.operations.js';
import { groupOperations } from './entities/groups.operations.js';
import { roleOperations } from './entities/roles.operations.js';
import { userOperations } from './entities/users.operations.js';
import { instanceProfileOperations } from './instance-profiles/instance-profiles.operations.js';
import { mfaOperations } from './mfa/mfa-devices.operations.js';
import { oidcOperations } from './oidc/oidc-providers.operations.js';
import type { IamOperation } from './operation.js';
import { passwordPolicyOperations } from './password-policy/password-policy.operations.js';
import { attachedOperations } from './policies/attachments.operations.js';
import { contextKeyOperations } from './policies/context-keys.operations.js';
import { inlineOperations } from './policies/inline-policies.operations.js';
import { policyOperations } from './policies/managed-policies.operations.js';
import { policyVersionOperations } from './policies/policy-versions.operations.js';
import { simulationOperations } from './policies/simulate.operations.js';
import { accountDetailsOperations } from './reports/account-details.operations.js';
import { credentialReportOperations } from './reports/credential-report.operations.js';
import { lastAccessOperations } from './reports/last-access.operations.js';
import { assumeRole } from './sts/assume-role.js';
import { assumeRoleWithWebIdentity } from './sts/assume-role-with-web-identity.js';
import { getAccessKeyInfo } from './sts/get-access-key-info.js';
import { getCallerIdentity } from './sts/get-caller-identity.js';
import { getFederationToken } from './sts/get-federation-token.js';
import { getForwardAccessSession } from './sts/get-forward-access-session.js';
import { getScopedCredentials } from './sts/get-scoped-credentials.js';
import { getSessionToken } from './sts/get-session-token.js';
import { getWebIdentityToken } from './sts/get-web-identity-token.js';
import { outboundFederationOperations } from './web-identity/federation.operations.js';

/** IAM's operations by what they are about. */
export const iamSections: Sections<IamOperation> = {
  Users: userOperations,
  Groups: groupOperations,
  Roles: roleOperations,
  'Instance profiles': instanceProfileOperations,
  'Access keys': accessKeyOperations,
  'Inline policies': inlineOperations,
  'Managed policies': [...policyOperations, ...policyVersionOperations, ...attachedOperations],
  'OpenID Connect providers': oidcOperations,
  'Outbound identity federation': outboundFederationOperations,
  'MFA devices': mfaOperations,
  Account: [...accountOperations, ...passwordPolicyOperations],
  Reports: [...accountDetailsOperations, ...credentialReportOperations, ...lastAccessOperations],
  'What there is none of': absentKindOperations,
  Simulation: [...simulationOperations, ...contextKeyOperations],
};

export const stsSections: Sections<IamOperation> = {
  'Security tokens': [
    getCallerIdentity,
    assumeRole,
    assumeRoleWithWebIdentity,
    getSessionToken,
    getFederationToken,
    getScopedCredentials,
    getWebIdentityToken,
    getAccessKeyInfo,
    getForwardAccessSession,
  ],
};
