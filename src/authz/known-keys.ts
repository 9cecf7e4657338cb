/**
 * Which condition keys of kms:, iam:, sts: and aws: have a source in this server: from every request
 * (condition-keys.ts), from the operation, or truthfully none. A key of none of these three would make
 * a Deny that never fires, so no document with it is stored. Source: Service Authorization Reference
 * for AWS KMS, IAM and STS; IAM User Guide, "AWS global condition context keys".
 */
import { CONDITION_KEYS } from './condition-keys.js';

/** What the operations' own declarations fill, by lower-case name. */
export const OPERATION_KEYS: readonly string[] = [
  'kms:bypasspolicylockoutsafetycheck',
  'kms:datakeypairspec',
  'kms:encapsulationalgorithm',
  'kms:encryptionalgorithm',
  'kms:expirationmodel',
  'kms:grantconstraintsourcearn',
  'kms:grantconstrainttype',
  'kms:granteeprincipal',
  'kms:granteeserviceprincipal',
  'kms:grantoperations',
  'kms:keyagreementalgorithm',
  'kms:macalgorithm',
  'kms:messagetype',
  'kms:policyname',
  'kms:primaryregion',
  'kms:reencryptonsamekey',
  'kms:replicaregion',
  'kms:retiringprincipal',
  'kms:retiringserviceprincipal',
  'kms:rotationperiodindays',
  'kms:schedulekeydeletionpendingwindowindays',
  'kms:signingalgorithm',
  'kms:trailingdayswithoutkeyusage',
  'kms:validto',
  'kms:wrappingalgorithm',
  'kms:wrappingkeyspec',
  'iam:passedtoservice',
  'iam:permissionsboundary',
  'iam:policyarn',
  'sts:durationseconds',
  'sts:externalid',
  'sts:identitytokenaudience',
  'sts:signingalgorithm',
  'sts:sourceidentity',
  'sts:transitivetagkeys',
];

/**
 * Keys of what doesn't exist on premises, and why: no request has them, so a condition on them is as
 * in AWS where they are absent. One that ends in `:` or `/` stands for all that begin with it.
 */
export const ABSENT_KEYS: readonly { readonly keys: readonly string[]; readonly why: string }[] = [
  {
    keys: [
      ...['aws:PrincipalOrgID', 'aws:PrincipalOrgPaths', 'aws:ResourceOrgID'],
      ...['aws:ResourceOrgPaths', 'aws:SourceOrgID', 'aws:SourceOrgPaths', 'aws:AssumedRoot'],
      ...['iam:OrganizationsPolicyId', 'sts:TaskPolicyArn'],
    ],
    why: 'there are no organizations',
  },
  {
    keys: [
      ...['aws:SourceVpc', 'aws:SourceVpce', 'aws:SourceVpcArn', 'aws:VpcSourceIp'],
      ...['aws:VpceAccount', 'aws:VpceOrgID', 'aws:VpceOrgPaths'],
      ...['aws:Ec2InstanceSourceVpc', 'aws:Ec2InstanceSourcePrivateIPv4'],
    ],
    why: 'there are no VPC endpoints and no EC2 instances',
  },
  { keys: ['kms:RecipientAttestation:'], why: 'there are no enclaves: `Recipient` is refused' },
  { keys: ['aws:ChatbotSourceArn'], why: 'there are no chat applications' },
  {
    keys: ['iam:AWSServiceName', 'iam:AssociatedResourceArn'],
    why: 'no role is passed to a service for one resource, or linked to a service',
  },
  {
    keys: [
      ...['iam:FIDO-FIPS-140-2-certification', 'iam:FIDO-FIPS-140-3-certification'],
      ...['iam:FIDO-certification', 'iam:RegisterSecurityKey'],
    ],
    why: 'MFA devices are virtual',
  },
  {
    keys: [
      ...['iam:AccountPropertyNamespaces', 'iam:DelegationDuration', 'iam:DelegationRequestOwner'],
      ...['iam:NotificationChannel', 'iam:RoleTemplateARN', 'iam:TemplateArn'],
      ...['iam:ServiceSpecificCredentialAgeDays', 'iam:ServiceSpecificCredentialServiceName'],
    ],
    why: 'of operations that are not here',
  },
  {
    keys: [
      ...['sts:AWSServiceName', 'sts:RequestContext/', 'sts:RequestContextProviders'],
      'sts:RoleAuthorizedByIdp',
    ],
    why: 'of operations and identity providers that are not here',
  },
];

/** Why no request has a key; undefined: one may. @param name in any case */
export function whyAbsent(name: string): string | undefined {
  const key = name.toLowerCase();
  return ABSENT_KEYS.find(({ keys }) => keys.some((each) => covers(each.toLowerCase(), key)))?.why;
}

function covers(declared: string, key: string): boolean {
  return isBeginning(declared)
    ? key.startsWith(declared) && key.length > declared.length
    : key === declared;
}

/** Whose keys this server has to know; another service's are never in its requests. */
const OURS = /^(?:kms|iam|sts|aws):/;

const names = [
  ...CONDITION_KEYS,
  ...OPERATION_KEYS,
  ...ABSENT_KEYS.flatMap(({ keys }) => keys),
].map((name) => name.toLowerCase());
const isBeginning = (name: string) => /[:/]$/.test(name);
const beginnings = names.filter(isBeginning);
const whole: ReadonlySet<string> = new Set(names.filter((name) => !isBeginning(name)));

/** Whether a condition on this key means here what it means in AWS. @param name in any case */
export function hasSource(name: string): boolean {
  const key = name.toLowerCase();
  if (!OURS.test(key) || whole.has(key)) return true;
  return beginnings.some((start) => covers(start, key));
}
