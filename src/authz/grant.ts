/** A grant as the decision sees it. Source: AWS KMS Developer Guide, "Grants"; authorization.md §8. */

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
  /** As given: an IAM or STS ARN, or a service principal's name. */
  readonly name: string;
  readonly uniqueId?: string;
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
