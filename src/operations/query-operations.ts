/** The registry of IAM's and STS's operations. */
import type { QueryOperation } from '../api/query-operation.js';
import { accessKeyOperations } from './iam/access-keys.js';
import { accountOperations } from './iam/account.js';
import { attachedOperations } from './iam/attachments.js';
import { groupOperations } from './iam/groups.js';
import { inlineOperations } from './iam/inline-policies.js';
import { policyOperations } from './iam/managed-policies.js';
import { mfaOperations } from './iam/mfa-devices.js';
import { oidcOperations } from './iam/oidc-providers.js';
import { policyVersionOperations } from './iam/policy-versions.js';
import { roleOperations } from './iam/roles.js';
import { simulationOperations } from './iam/simulate.js';
import { userOperations } from './iam/users.js';
import { assumeRole } from './sts/assume-role.js';
import { assumeRoleWithWebIdentity } from './sts/assume-role-with-web-identity.js';
import { getAccessKeyInfo } from './sts/get-access-key-info.js';
import { getCallerIdentity } from './sts/get-caller-identity.js';
import { getForwardAccessSession } from './sts/get-forward-access-session.js';
import { getSessionToken } from './sts/get-session-token.js';

const all: readonly QueryOperation[] = [
  ...userOperations,
  ...groupOperations,
  ...roleOperations,
  ...accessKeyOperations,
  ...inlineOperations,
  ...policyOperations,
  ...policyVersionOperations,
  ...attachedOperations,
  ...oidcOperations,
  ...mfaOperations,
  ...accountOperations,
  ...simulationOperations,
  getCallerIdentity,
  assumeRole,
  assumeRoleWithWebIdentity,
  getSessionToken,
  getAccessKeyInfo,
  getForwardAccessSession,
];

/** By service and name: `iam/CreateUser`. */
export const queryOperations: ReadonlyMap<string, QueryOperation> = new Map(
  all.map((operation) => [`${operation.service}/${operation.name}`, operation]),
);
