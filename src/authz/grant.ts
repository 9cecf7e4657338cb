/** A grant as the decision sees it. Source: AWS KMS Developer Guide, "Grants"; authorization.md §8. */
import { accountNamed } from '../kernel/arns.js';

export type GrantOperation = (typeof GRANT_OPERATIONS)[number];

/**
 * The enum of AWS's model, in its order. Which keys each is for stands in the operations' declarations.
 */
export const GRANT_OPERATIONS = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
  'Sign',
  'Verify',
  'GetPublicKey',
  'CreateGrant',
  'RetireGrant',
  'DescribeKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateMac',
  'VerifyMac',
  'DeriveSharedSecret',
  'Encapsulate',
  'Decapsulate',
] as const;

export interface GrantConstraints {
  readonly encryptionContextEquals?: Readonly<Record<string, string>>;
  readonly encryptionContextSubset?: Readonly<Record<string, string>>;
  readonly sourceArn?: string;
}

/**
 * Who a grant is for, or who may retire it. `uniqueId` (AIDA…, AROA…) is set for users, roles and
 * role sessions; an account principal has its ARN alone, a service its name.
 */
export interface GrantPrincipal {
  /** An IAM or STS ARN, as it was when the grant was made, or a service principal's name. */
  readonly name: string;
  readonly uniqueId?: string;
}

/**
 * Who a principal is, whatever it is called: an account's number, a user's or role's unique id,
 * `AROA…:name` of a role session as in its aws:userid, a service's name, a federated user's ARN. A
 * name that is given again is somebody else.
 */
export function principalId({ name, uniqueId }: GrantPrincipal): string {
  const account = accountNamed(name);
  if (account !== undefined) return account;
  if (uniqueId === undefined) return name;
  return isSession(name) ? `${uniqueId}:${name.slice(name.lastIndexOf('/') + 1)}` : uniqueId;
}

function isSession(arn: string): boolean {
  return arn.includes(':assumed-role/');
}

export interface Grant {
  /** 64 lower-case hex digits. */
  readonly grantId: string;
  /** The key's account, Region, id. */
  readonly accountId: string;
  readonly region: string;
  readonly keyId: string;
  readonly grantee: GrantPrincipal;
  readonly retiring?: GrantPrincipal;
  /** 12 digits. */
  readonly issuingAccountId: string;
  readonly operations: readonly GrantOperation[];
  readonly constraints: GrantConstraints;
  readonly name?: string;
  readonly createdAt: Date;
}
