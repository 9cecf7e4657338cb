/**
 * What the Service Authorization Reference for IAM and STS (September 2026) says of the actions that are here:
 * the type of resource, and the condition keys of the action beside those of the resource's type. Of the two
 * AssumeRoles without those of identity providers: theirs have the provider's name. GetScopedCredentials is
 * newer than the reference.
 */
const TABLE = `
CreateUser | user | aws:RequestTag/ aws:TagKeys iam:PermissionsBoundary
GetUser | user
ListUsers | -
UpdateUser | user
DeleteUser | user
PutUserPermissionsBoundary | user | iam:PermissionsBoundary
DeleteUserPermissionsBoundary | user | iam:PermissionsBoundary
TagUser | user | aws:RequestTag/ aws:TagKeys
UntagUser | user | aws:TagKeys
ListUserTags | user
CreateGroup | group
GetGroup | group
ListGroups | -
UpdateGroup | group
DeleteGroup | group
AddUserToGroup | group
RemoveUserFromGroup | group
ListGroupsForUser | user
CreateRole | role | aws:RequestTag/ aws:TagKeys iam:PermissionsBoundary iam:RoleTemplateARN
GetRole | role | iam:PermissionsBoundary iam:RoleTemplateARN
ListRoles | -
UpdateRole | role | iam:PermissionsBoundary
UpdateRoleDescription | role | iam:PermissionsBoundary
DeleteRole | role | iam:PermissionsBoundary
UpdateAssumeRolePolicy | role | iam:PermissionsBoundary
ListInstanceProfilesForRole | role
CreateInstanceProfile | instance-profile | aws:RequestTag/ aws:TagKeys
GetInstanceProfile | instance-profile
ListInstanceProfiles | -
DeleteInstanceProfile | instance-profile
AddRoleToInstanceProfile | instance-profile
RemoveRoleFromInstanceProfile | instance-profile
TagInstanceProfile | instance-profile | aws:RequestTag/ aws:TagKeys
UntagInstanceProfile | instance-profile | aws:TagKeys
ListInstanceProfileTags | instance-profile
PutRolePermissionsBoundary | role | iam:PermissionsBoundary iam:RoleTemplateARN
DeleteRolePermissionsBoundary | role | iam:PermissionsBoundary
TagRole | role | aws:RequestTag/ aws:TagKeys iam:RoleTemplateARN
UntagRole | role | aws:TagKeys
ListRoleTags | role
CreateAccessKey | user
ListAccessKeys | user
UpdateAccessKey | user
DeleteAccessKey | user
GetAccessKeyLastUsed | user
PutUserPolicy | user | iam:PermissionsBoundary
GetUserPolicy | user
DeleteUserPolicy | user | iam:PermissionsBoundary
ListUserPolicies | user
PutGroupPolicy | group
GetGroupPolicy | group
DeleteGroupPolicy | group
ListGroupPolicies | group
PutRolePolicy | role | iam:PermissionsBoundary iam:RoleTemplateARN
GetRolePolicy | role
DeleteRolePolicy | role | iam:PermissionsBoundary
ListRolePolicies | role
CreatePolicy | policy | aws:RequestTag/ aws:TagKeys
GetPolicy | policy
ListPolicies | -
DeletePolicy | policy
ListEntitiesForPolicy | policy
TagPolicy | policy | aws:RequestTag/ aws:TagKeys
UntagPolicy | policy | aws:TagKeys
ListPolicyTags | policy
CreatePolicyVersion | policy
GetPolicyVersion | policy
ListPolicyVersions | policy
SetDefaultPolicyVersion | policy
DeletePolicyVersion | policy
AttachUserPolicy | user | iam:PermissionsBoundary iam:PolicyARN
DetachUserPolicy | user | iam:PermissionsBoundary iam:PolicyARN
ListAttachedUserPolicies | user
AttachGroupPolicy | group | iam:PolicyARN
DetachGroupPolicy | group | iam:PolicyARN
ListAttachedGroupPolicies | group
AttachRolePolicy | role | iam:PermissionsBoundary iam:PolicyARN iam:RoleTemplateARN
DetachRolePolicy | role | iam:PermissionsBoundary iam:PolicyARN
ListAttachedRolePolicies | role
CreateOpenIDConnectProvider | oidc-provider | aws:RequestTag/ aws:TagKeys
GetOpenIDConnectProvider | oidc-provider
ListOpenIDConnectProviders | -
DeleteOpenIDConnectProvider | oidc-provider
AddClientIDToOpenIDConnectProvider | oidc-provider
RemoveClientIDFromOpenIDConnectProvider | oidc-provider
UpdateOpenIDConnectProviderThumbprint | oidc-provider
TagOpenIDConnectProvider | oidc-provider | aws:RequestTag/ aws:TagKeys
UntagOpenIDConnectProvider | oidc-provider | aws:TagKeys
ListOpenIDConnectProviderTags | oidc-provider
CreateVirtualMFADevice | mfa | aws:RequestTag/ aws:TagKeys
EnableMFADevice | user | iam:FIDO-FIPS-140-2-certification iam:FIDO-FIPS-140-3-certification iam:FIDO-certification iam:RegisterSecurityKey
ResyncMFADevice | user
DeactivateMFADevice | user
DeleteVirtualMFADevice | mfa sms-mfa
GetMFADevice | user
ListMFADevices | user
ListVirtualMFADevices | -
TagMFADevice | mfa | aws:RequestTag/ aws:TagKeys
UntagMFADevice | mfa | aws:TagKeys
ListMFADeviceTags | mfa
GetAccountSummary | -
ListAccountAliases | -
ListSSHPublicKeys | user
ListSigningCertificates | user
ListServiceSpecificCredentials | user
GetLoginProfile | user
DeleteLoginProfile | user
SimulatePrincipalPolicy | group role user
SimulateCustomPolicy | -
GetContextKeysForPrincipalPolicy | group role user
GetContextKeysForCustomPolicy | -
UpdateAccountPasswordPolicy | -
DisableOutboundWebIdentityFederation | -
EnableOutboundWebIdentityFederation | -
GetOutboundWebIdentityFederationInfo | -
GetAccountPasswordPolicy | -
DeleteAccountPasswordPolicy | -
GetAccountAuthorizationDetails | -
GenerateCredentialReport | -
GetCredentialReport | -
GenerateServiceLastAccessedDetails | group policy role user
GetServiceLastAccessedDetails | -
GetServiceLastAccessedDetailsWithEntities | -
ListPoliciesGrantingServiceAccess | group role user
ListSAMLProviders | -
GetSAMLProvider | saml-provider
ListServerCertificates | -
GetServerCertificate | server-certificate
ListOrganizationsFeatures | -
GetAccessKeyInfo | -
AssumeRole | role | aws:RequestTag/ aws:TagKeys iam:ResourceTag/ sts:ExternalId sts:RoleSessionName sts:SourceIdentity sts:TransitiveTagKeys
AssumeRoleWithWebIdentity | role | aws:RequestTag/ aws:TagKeys sts:RoleSessionName sts:SourceIdentity sts:TransitiveTagKeys
GetCallerIdentity | -
GetSessionToken | -
GetFederationToken | federated-user | aws:RequestTag/ aws:TagKeys
GetScopedCredentials | -
GetWebIdentityToken | - | aws:RequestTag/ aws:TagKeys sts:DurationSeconds sts:IdentityTokenAudience sts:SigningAlgorithm
`;

export interface ReferenceRow {
  /** `-`: the action is about no resource. */
  readonly resource: string;
  readonly keys: readonly string[];
}

export const SERVICE_AUTHORIZATION: ReadonlyMap<string, ReferenceRow> = new Map(
  TABLE.trim()
    .split('\n')
    .map((line) => {
      const [action = '', resource = '', keys = ''] = line.split(' | ');
      return [action, { resource, keys: keys.split(' ').filter(Boolean) }];
    }),
);

/** Condition keys of a type of resource. */
export const RESOURCE_KEYS: Readonly<Record<string, readonly string[]>> = {
  user: ['aws:ResourceTag/', 'iam:ResourceTag/'],
  role: ['aws:ResourceTag/', 'iam:ResourceTag/'],
  policy: ['aws:ResourceTag/'],
  mfa: ['aws:ResourceTag/'],
  'instance-profile': ['aws:ResourceTag/'],
  'oidc-provider': ['aws:ResourceTag/'],
};
