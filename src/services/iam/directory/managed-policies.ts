/** AWS's managed policies that say something here. Source: AWS Managed Policy Reference Guide. */

const allow = (Action: string | readonly string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
});

const POLICIES: Readonly<Record<string, object>> = {
  AdministratorAccess: allow('*'),
  AWSKeyManagementServicePowerUser: allow([
    'kms:CreateAlias',
    'kms:CreateKey',
    'kms:DeleteAlias',
    'kms:Describe*',
    'kms:GenerateRandom',
    'kms:Get*',
    'kms:List*',
    'kms:TagResource',
    'kms:UntagResource',
    'iam:ListGroups',
    'iam:ListRoles',
    'iam:ListUsers',
  ]),
  IAMFullAccess: allow('iam:*'),
  IAMReadOnlyAccess: allow([
    'iam:GenerateCredentialReport',
    'iam:GenerateServiceLastAccessedDetails',
    'iam:Get*',
    'iam:List*',
    'iam:SimulateCustomPolicy',
    'iam:SimulatePrincipalPolicy',
  ]),
};

export const AWS_MANAGED_POLICIES: ReadonlyMap<string, string> = new Map(
  Object.entries(POLICIES).map(([name, document]) => [name, JSON.stringify(document, null, 4)]),
);

/** The document of a policy that AWS manages: `arn:aws:iam::aws:policy/AdministratorAccess`. */
export function awsManagedPolicy(arn: string): { name: string; text: string } | undefined {
  const name = /^arn:[a-z-]+:iam::aws:policy\/([\w+=,.@-]{1,128})$/.exec(arn)?.[1];
  const text = name === undefined ? undefined : AWS_MANAGED_POLICIES.get(name);
  return name === undefined || text === undefined ? undefined : { name, text };
}
