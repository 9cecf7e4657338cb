/** What members of IAM's and STS's operations are given, in an account that has one entity of each kind. */

export const ALLOW = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }],
});

/** The names of what there is. */
export interface IamNames {
  readonly accountId: string;
  readonly user: string;
  readonly group: string;
  readonly role: string;
  readonly instanceProfile: string;
  readonly policyArn: string;
  readonly serialNumber: string;
  readonly providerArn: string;
  readonly accessKeyId: string;
  /** Two codes in a row of the device. */
  readonly codes: readonly [string, string];
}

/** Trusts the account. */
export const trustOf = (accountId: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' }],
  });

/** By member, whatever the operation; members that aren't named here are left out. */
const VALUES: Readonly<Record<string, (names: IamNames) => unknown>> = {
  UserName: ({ user }) => user,
  GroupName: ({ group }) => group,
  RoleName: ({ role }) => role,
  InstanceProfileName: ({ instanceProfile }) => instanceProfile,
  PolicyArn: ({ policyArn }) => policyArn,
  PermissionsBoundary: ({ policyArn }) => policyArn,
  SerialNumber: ({ serialNumber }) => serialNumber,
  OpenIDConnectProviderArn: ({ providerArn }) => providerArn,
  AccessKeyId: ({ accessKeyId }) => accessKeyId,
  AuthenticationCode1: ({ codes }) => codes[0],
  AuthenticationCode2: ({ codes }) => codes[1],
  PolicyName: () => 'inline',
  PolicyDocument: () => ALLOW,
  AssumeRolePolicyDocument: ({ accountId }) => trustOf(accountId),
  Tags: () => [{ Key: 'colour', Value: 'red' }],
  TagKeys: () => ['colour'],
  Description: () => 'described',
  MaxSessionDuration: () => 7200,
  NewUserName: () => 'renamed',
  NewGroupName: () => 'renamed',
  NewPath: () => '/moved/',
  Path: () => '/',
  Status: () => 'Inactive',
  Url: () => 'https://another.example',
  ClientID: () => 'two',
  ClientIDList: () => ['one'],
  ThumbprintList: () => ['a'.repeat(40)],
  VersionId: () => 'v2',
  SetAsDefault: () => true,
  VirtualMFADeviceName: () => 'new',
  ActionNames: () => ['kms:Encrypt'],
  PolicyInputList: () => [ALLOW],
  PolicySourceArn: ({ accountId, user }) => `arn:aws:iam::${accountId}:user/${user}`,
  RoleArn: ({ accountId, role }) => `arn:aws:iam::${accountId}:role/${role}`,
  RoleSessionName: () => 'session',
  Name: () => 'federated',
  WebIdentityToken: () => 'e30.e30.e30',
  Audience: () => ['https://api.example'],
  SigningAlgorithm: () => 'ES384',
  Arn: ({ accountId, user }) => `arn:aws:iam::${accountId}:user/${user}`,
  JobId: () => '00000000-0000-0000-0000-000000000000',
  ServiceNamespace: () => 'kms',
  ServiceNamespaces: () => ['kms'],
  SAMLProviderArn: ({ accountId }) => `arn:aws:iam::${accountId}:saml-provider/none`,
  ServerCertificateName: () => 'none',
  CallerAccessKeyId: ({ accessKeyId }) => accessKeyId,
};

/** What is special of single operations. */
const SPECIAL: Readonly<Record<string, (names: IamNames) => object>> = {
  CreateUser: () => ({ UserName: 'new' }),
  CreateGroup: () => ({ GroupName: 'new' }),
  CreateRole: () => ({ RoleName: 'new' }),
  CreateInstanceProfile: () => ({ InstanceProfileName: 'new' }),
  CreatePolicy: () => ({ PolicyName: 'new' }),
  UpdateAssumeRolePolicy: (names) => ({ PolicyDocument: trustOf(names.accountId) }),
  // A session without a second factor.
  AssumeRole: () => ({ SerialNumber: undefined }),
  GetSessionToken: () => ({ SerialNumber: undefined }),
  GetScopedCredentials: () => ({ DurationSeconds: 900 }),
};

interface Named {
  readonly name: string;
  readonly input: { readonly properties: object };
}

/** An input with which the operation does something. */
export function iamInput({ name, input }: Named, names: IamNames): Record<string, unknown> {
  const members = Object.keys(input.properties).map((member) => [member, VALUES[member]?.(names)]);
  const all = { ...Object.fromEntries(members), ...SPECIAL[name]?.(names) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Whether the operation is given a name for something new, under this member. */
export function namesNew(name: string, member: string): boolean {
  return name.startsWith('Create') && SPECIAL[name] !== undefined && member in newNames(name);
}

const newNames = (name: string) => SPECIAL[name]?.({} as IamNames) ?? {};
