/**
 * Who calls, with everything that a decision needs to know of them. Source: IAM User Guide, "IAM
 * identifiers", "AWS global condition context keys"; shared reference, authorization.md §3 and §6.
 */
import type { Policy } from './policy.js';

/**
 * The value of `aws:PrincipalType`; `AWSService` stands for a service principal, `WebIdentity` for
 * whoever an OIDC provider vouches for, before a role is assumed.
 */
export type PrincipalType = 'Account' | 'User' | 'AssumedRole' | 'AWSService' | 'WebIdentity';

export interface Principal {
  readonly type: PrincipalType;
  /** A service principal has the account for which the server was set up. */
  readonly accountId: string;
  /** As refusals and records name the caller: of a role the session's ARN, never the role's. */
  readonly arn: string;
  /** `aws:PrincipalArn`: of a role session the role's ARN. */
  readonly principalArn: string;
  /**
   * AIDA… or AROA…; of the root user the account id; of a service its name; of a web identity its
   * provider's ARN.
   */
  readonly uniqueId: string;
  /** `aws:userid`: AIDA…, `AROA…:session`, or the account id. */
  readonly userId: string;
  /** `aws:username`: IAM users only. */
  readonly userName?: string;
  /** `aws:PrincipalTag/<key>`, session tags over the role's; keys in lower case. */
  readonly tags: ReadonlyMap<string, string>;
  readonly policies: PrincipalPolicies;
  /** Temporary credentials only. */
  readonly session?: Session;
  /** `AWSService` only: for example `backup.example.com`. */
  readonly serviceName?: string;
  /** A service called in the principal's name: forward access. */
  readonly via?: Forwarding;
}

export interface PrincipalPolicies {
  /** Inline and attached, the groups' included. Empty for root and services. */
  readonly identity: readonly Policy[];
  readonly boundary?: Policy;
  /** One of these must allow; undefined: the session was made without a policy. */
  readonly session?: readonly Policy[];
}

export interface Session {
  /** A role session's name. */
  readonly name?: string;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** When a one-time code was checked; undefined: without MFA. */
  readonly mfaAt?: number;
  readonly sourceIdentity?: string;
  /** `aws:FederatedProvider`: ARN of the OIDC provider. */
  readonly federatedProvider?: string;
  /** The role behind the session, for the audit trail. */
  readonly issuer?: {
    readonly arn: string;
    readonly uniqueId: string;
    readonly userName: string;
  };
  readonly transitiveTagKeys?: readonly string[];
}

export interface Forwarding {
  /** Without Region: `s3.amazonaws.com`. The values of `aws:CalledVia` and, with Region, kms:ViaService. */
  readonly serviceName: string;
  readonly sourceArn?: string;
}

/** Who calls, and with which access key. */
export type Caller = Principal & { readonly accessKeyId: string };
